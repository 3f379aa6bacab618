package dev.navarch.apiserver.admission.webhook;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.Reinvocation.Asked;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.patch.Patch;
import dev.navarch.apiserver.patch.PatchException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookFailure;
import java.util.Base64;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lets webhooks change objects, one after the other. When one has, the server's own plugins see the object once more,
 * and then those webhooks that want to (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/mutating/dispatcher.go and reinvocationcontext.go, pkg/admission/reinvocation.go).
 */
final class MutatingWebhooks implements AdmissionPlugin {
    private final HookConfigurations configurations;
    private final StoredObjects stored;
    private final HookCall call;
    private final Authorizer authorizer;
    private final ObjectDecoder decoder = new ObjectDecoder();

    MutatingWebhooks(HookConfigurations configurations, StoredObjects stored, HookCall call, Authorizer authorizer) {
        this.configurations = configurations;
        this.stored = stored;
        this.call = call;
        this.authorizer = authorizer;
    }

    @Override
    public String name() {
        return "MutatingAdmissionWebhook";
    }

    @Override
    public void admit(AdmissionRequest request) throws InterruptedException {
        var hooks = configurations.current().mutating().at(request.resource());
        if (hooks.isEmpty() || AdmissionWebhooks.exempt(request)) {
            return;
        }
        var asked = request.context().reinvocation().askedBy(name());
        asked.begin(request.object());
        boolean any = false;
        for (var hook : hooks) {
            var version = hook.wants(
                    request, stored, authorizer, call.conditions().ofWebhook(hook.name(), true, request.operation()));
            if (version.isPresent() && asked.asks(hook)) {
                any = true;
                ask(hook, request, version.get(), asked);
            }
        }
        if (any) {
            asked.end(request.object());
        }
    }

    private void ask(Hook hook, AdmissionRequest request, String version, Asked asked) throws InterruptedException {
        try (var _ = call.waiting(Latencies.Part.MUTATING_WEBHOOK)) {
            call.ask(hook, request, version, true, response -> {
                if (patch(hook, request, version, response)) {
                    asked.changed();
                }
            });
        }
        if (hook.reinvoked()) {
            asked.wantsMore(hook);
        }
    }

    /** @return whether the object is another now */
    private boolean patch(Hook hook, AdmissionRequest request, String apiVersion, ObjectNode response)
            throws HookFailure {
        var text = Tree.text(response, "patch");
        if (text.isEmpty()) {
            return false;
        }
        var type = Tree.text(response, "patchType");
        if (!type.isEmpty() && !type.equals("JSONPatch")) {
            throw new HookFailure("unsupported patch type " + GoText.quote(type));
        }
        var patch = read(text);
        var object = request.object()
                .orElseThrow(() -> ApiFailure.internalError("admission webhook " + GoText.quote(hook.name())
                        + " attempted to modify the object, which is not supported for this operation"));
        var versions = request.admitted().versions();
        try {
            var shown = versions.convert(object, versions.stored(), apiVersion).deepCopy();
            var patched = versions.convert(patch.apply(shown), apiVersion, versions.stored());
            var next =
                    decoder.conform(patched, request.admitted().type().schema()).tree();
            request.admitted().rules().defaults(next);
            if (next.equals(object)) {
                return false;
            }
            object.removeAll();
            object.setAll(next);
            return true;
        } catch (PatchException | BadBodyException e) {
            throw ApiFailure.internalError(e.getMessage());
        }
    }

    private static Patch read(String base64) throws HookFailure {
        try {
            return Patch.json(Base64.getDecoder().decode(base64));
        } catch (PatchException | IllegalArgumentException e) {
            throw new HookFailure("received undecodable patch in webhook response: " + e.getMessage());
        }
    }
}
