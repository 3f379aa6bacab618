package dev.navarch.apiserver.admission.webhook;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;

/** Admission by webhooks, as MutatingWebhookConfigurations and ValidatingWebhookConfigurations in the store say. */
public final class AdmissionWebhooks implements AutoCloseable {
    private final StoredObjects objects;
    private final HookConfigurations configurations;
    private final HookCall call;
    private final Authorizer authorizer;
    private final WebhookMetrics metrics = new WebhookMetrics();

    /**
     * @param authorizer answers what match conditions ask
     * @param users as whom webhooks are called
     * @param uids of reviews
     * @param conditions where match conditions are counted
     */
    public AdmissionWebhooks(
            Store store,
            StoredObjects objects,
            Authorizer authorizer,
            HookClient client,
            HookUsers.OfAdmission users,
            Supplier<String> uids,
            ConditionMetrics conditions,
            TimeSource time) {
        this.objects = objects;
        configurations = new HookConfigurations(store);
        call = new HookCall(client, users, new Reviews(uids), metrics, conditions, time);
        this.authorizer = authorizer;
    }

    public void register(PrometheusRegistry registry) {
        metrics.register(registry);
    }

    /** Lets webhooks change objects. */
    public AdmissionPlugin mutating() {
        return new MutatingWebhooks(configurations, objects, call, authorizer);
    }

    /** Lets webhooks refuse writes. */
    public AdmissionPlugin validating() {
        return new ValidatingWebhooks(configurations, objects, call, authorizer);
    }

    /** What configures admission is not subject to it, or nobody could mend it (source: .../predicates/rules/rules.go). */
    static boolean exempt(AdmissionRequest request) {
        return request.group().equals("admissionregistration.k8s.io");
    }

    @Override
    public void close() {
        configurations.close();
    }
}
