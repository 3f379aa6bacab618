package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Admission by policies, as MutatingAdmissionPolicies and ValidatingAdmissionPolicies in the store say. */
public final class AdmissionPolicies implements AutoCloseable {
    private final PolicySource source;
    private final PolicyMetrics mutations = PolicyMetrics.ofMutating();
    private final PolicyMetrics validations = PolicyMetrics.ofValidating();
    private final AdmissionPlugin mutating;
    private final AdmissionPlugin validating;
    private final AdmissionPlugin access;

    /**
     * @param authorizer answers what expressions ask
     * @param params where parameters are found
     * @param conditions where match conditions are counted
     */
    public AdmissionPolicies(
            Store store,
            StoredObjects objects,
            Authorizer authorizer,
            ParamObjects params,
            ConditionMetrics conditions,
            TimeSource time) {
        source = new PolicySource(store);
        var match = new PolicyMatch(objects, params);
        mutating = new MutatingPolicies(source, match, authorizer, mutations, conditions, time);
        access = new ParamAccess(objects, params, authorizer);
        validating = new ValidatingPolicies(source, match, authorizer, validations, conditions, time);
    }

    /** Lets policies change objects. */
    public AdmissionPlugin mutating() {
        return mutating;
    }

    /** Lets policies refuse writes. */
    public AdmissionPlugin validating() {
        return validating;
    }

    /** Refuses policies that read what their authors may not. */
    public AdmissionPlugin access() {
        return access;
    }

    /** Makes known what is counted. */
    public void register(PrometheusRegistry registry) {
        mutations.register(registry);
        validations.register(registry);
    }

    @Override
    public void close() {
        source.close();
    }
}
