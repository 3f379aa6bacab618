package dev.navarch.apiserver.webhook;

import dev.navarch.apiserver.Authorizer;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.StoredObjects;
import dev.navarch.storage.Store;
import java.util.List;
import java.util.function.Supplier;

/** Admission by webhooks, as MutatingWebhookConfigurations and ValidatingWebhookConfigurations in the store say. */
public final class AdmissionWebhooks implements AutoCloseable {
    private final StoredObjects objects;
    private final HookConfigurations configurations;
    private final HookCall call;
    private final MatchConditions.Asking asking;

    /**
     * @param authorizer answers what match conditions ask
     * @param uids of reviews
     */
    public AdmissionWebhooks(
            Store store, StoredObjects objects, Authorizer authorizer, HookClient client, Supplier<String> uids) {
        this.objects = objects;
        configurations = new HookConfigurations(store);
        call = new HookCall(client, new Reviews(uids));
        asking = new MatchConditions.Asking(authorizer, Reviews::request);
    }

    /** @param before the plugins that come before */
    public List<AdmissionPlugin> plugins(List<AdmissionPlugin> before) {
        return List.of(
                new MutatingWebhooks(configurations, objects, call, asking, before),
                new ValidatingWebhooks(configurations, objects, call, asking));
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
