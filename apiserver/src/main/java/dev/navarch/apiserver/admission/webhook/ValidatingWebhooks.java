package dev.navarch.apiserver.admission.webhook;

import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Latencies;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Lets webhooks refuse writes. All are asked at the same time; the first in order that refuses decides what the client is
 * told (source: k8s.io/apiserver pkg/admission/plugin/webhook/validating/dispatcher.go).
 */
record ValidatingWebhooks(HookConfigurations configurations, StoredObjects stored, HookCall call, Authorizer authorizer)
        implements AdmissionPlugin {

    private record Wanted(Hook hook, String apiVersion) {}

    @Override
    public String name() {
        return "ValidatingAdmissionWebhook";
    }

    @Override
    public void validate(AdmissionRequest request) throws InterruptedException {
        var hooks = configurations.current().validating().at(request.resource());
        if (hooks.isEmpty() || AdmissionWebhooks.exempt(request)) {
            return;
        }
        List<Wanted> wanted = new ArrayList<>();
        for (var hook : hooks) {
            hook.wants(
                            request,
                            stored,
                            authorizer,
                            call.conditions().ofWebhook(hook.name(), false, request.operation()))
                    .ifPresent(version -> wanted.add(new Wanted(hook, version)));
        }
        if (wanted.isEmpty()) {
            return;
        }
        try (var _ = call.waiting(Latencies.Part.VALIDATING_WEBHOOK)) {
            if (wanted.size() == 1) {
                ask(wanted.getFirst(), request);
            } else {
                askAll(wanted, request);
            }
        }
    }

    private void ask(Wanted wanted, AdmissionRequest request) throws InterruptedException {
        call.ask(wanted.hook, request, wanted.apiVersion, false, _ -> {});
    }

    private void askAll(List<Wanted> all, AdmissionRequest request) throws InterruptedException {
        List<FutureTask<Boolean>> asked = new ArrayList<>();
        for (var wanted : all) {
            var task = new FutureTask<>(() -> {
                ask(wanted, request);
                return true;
            });
            asked.add(task);
            Thread.ofVirtual().name("webhook-", asked.size()).start(task);
        }
        try {
            List<ApiFailure> refusals = new ArrayList<>();
            for (var task : asked) {
                try {
                    task.get();
                } catch (ExecutionException e) {
                    refusals.add(refusal(e.getCause()));
                }
            }
            if (!refusals.isEmpty()) {
                throw refusals.getFirst();
            }
        } finally {
            asked.forEach(task -> task.cancel(true));
        }
    }

    private static ApiFailure refusal(Throwable cause) {
        return cause instanceof ApiFailure failure
                ? failure
                : ApiFailure.internalError(String.valueOf(cause.getMessage()));
    }
}
