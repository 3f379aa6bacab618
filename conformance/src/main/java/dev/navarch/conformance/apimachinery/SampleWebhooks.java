package dev.navarch.conformance.apimachinery;

import dev.navarch.conformance.Scenario;
import dev.navarch.conformance.WebhookServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The webhooks of upstream's image agnhost ({@code test/images/agnhost/webhook}), by the paths that it has them at. */
final class SampleWebhooks {
    /** How long the slow one takes. */
    static final int DELAY_SECONDS = 2;

    private static final String KEY = "webhook-e2e-test";
    private static final String DISALLOWED = "webhook-disallow";

    private SampleWebhooks() {}

    /** @param patch a JSON patch; null for none */
    private record Verdict(
            boolean allowed, String message, @Nullable String patch) {
        static final Verdict ALLOWED = new Verdict(true, "", null);

        static Verdict denied(String message) {
            return new Verdict(false, message, null);
        }

        static Verdict patched(String patch) {
            return new Verdict(true, "", patch);
        }
    }

    static WebhookServer start(Scenario scenario) {
        var ended = new CountDownLatch(1);
        var server = WebhookServer.start(scenario)
                .at("/always-deny", admission(_ -> Verdict.denied("this webhook denies all requests")))
                .at("/always-allow-delay", admission(_ -> {
                    wait(ended, DELAY_SECONDS);
                    return Verdict.ALLOWED;
                }))
                .at("/configmaps", admission(SampleWebhooks::configMaps))
                .at("/mutating-configmaps", admission(SampleWebhooks::stages))
                .at("/pods", admission(request -> pods(request, ended)))
                .at("/pods/attach", admission(SampleWebhooks::attach))
                .at("/mutating-pods", admission(SampleWebhooks::initContainer))
                .at("/custom-resource", admission(SampleWebhooks::customResource))
                .at("/mutating-custom-resource", admission(SampleWebhooks::stages))
                .at("/crd", admission(SampleWebhooks::definition))
                .at("/add-label", admission(_ -> Verdict.patched("""
                        [{"op": "add", "path": "/metadata/labels", "value": {"added-label": "yes"}}]""")));
        scenario.afterwards(ended::countDown);
        return server;
    }

    private static void wait(CountDownLatch ended, int seconds) {
        try {
            ended.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static java.util.function.UnaryOperator<ObjectNode> admission(Function<JsonNode, Verdict> decide) {
        return review -> {
            var request = review.path("request");
            var verdict = decide.apply(request);
            var response = review.putObject("response");
            response.put("uid", request.path("uid").asString()).put("allowed", verdict.allowed());
            if (!verdict.message().isEmpty()) {
                response.putObject("status").put("message", verdict.message());
            }
            if (verdict.patch() != null) {
                response.put("patchType", "JSONPatch")
                        .put("patch", verdict.patch().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            review.remove("request");
            return review;
        };
    }

    private static Verdict configMaps(JsonNode request) {
        var map = request.path(request.path("operation").asString().equals("DELETE") ? "oldObject" : "object");
        return map.path("data").path(KEY).asString("").equals(DISALLOWED)
                ? Verdict.denied("the configmap contains unwanted key and value")
                : Verdict.ALLOWED;
    }

    private static Verdict stages(JsonNode request) {
        var data = request.path("object").path("data");
        if (data.path("mutation-start").asString("").equals("yes") && !data.has("mutation-stage-1")) {
            return Verdict.patched("[{\"op\": \"add\", \"path\": \"/data/mutation-stage-1\", \"value\": \"yes\"}]");
        }
        if (data.path("mutation-stage-1").asString("").equals("yes")) {
            return Verdict.patched("[{\"op\": \"add\", \"path\": \"/data/mutation-stage-2\", \"value\": \"yes\"}]");
        }
        return Verdict.ALLOWED;
    }

    private static Verdict pods(JsonNode request, CountDownLatch ended) {
        var pod = request.path("object");
        var label = pod.path("metadata").path("labels").path(KEY).asString("");
        List<String> reasons = new ArrayList<>();
        if (label.equals(DISALLOWED)) {
            reasons.add("the pod contains unwanted label");
        }
        if (label.equals("wait-forever")) {
            wait(ended, Integer.MAX_VALUE);
        }
        for (var container : pod.path("spec").path("containers")) {
            if (container.path("name").asString().contains(DISALLOWED)) {
                reasons.add("the pod contains unwanted container name");
            }
        }
        return reasons.isEmpty() ? Verdict.ALLOWED : Verdict.denied(String.join("; ", reasons));
    }

    private static Verdict attach(JsonNode request) {
        boolean unwanted = request.path("name").asString().equals("to-be-attached-pod")
                && request.path("object").path("container").asString("").equals("container1");
        return unwanted ? Verdict.denied("attaching to pod 'to-be-attached-pod' is not allowed") : Verdict.ALLOWED;
    }

    private static Verdict initContainer(JsonNode request) {
        return request.path("object").path("spec").has("initContainers") ? Verdict.ALLOWED : Verdict.patched("""
                        [{"op": "add", "path": "/spec/initContainers", "value": [
                          {"image": "webhook-added-image", "name": "webhook-added-init-container", "resources": {}}]}]""");
    }

    private static Verdict customResource(JsonNode request) {
        boolean deletes = request.path("operation").asString().equals("DELETE");
        var value = request.path(deletes ? "oldObject" : "object")
                .path("data")
                .path(KEY)
                .asString("");
        if (deletes && value.equals("webhook-nondeletable")) {
            return Verdict.denied("the custom resource cannot be deleted because it contains unwanted key and value");
        }
        return value.equals(DISALLOWED)
                ? Verdict.denied("the custom resource contains unwanted data")
                : Verdict.ALLOWED;
    }

    private static Verdict definition(JsonNode request) {
        return request.path("object")
                        .path("metadata")
                        .path("labels")
                        .path(KEY)
                        .asString("")
                        .equals(DISALLOWED)
                ? Verdict.denied("the crd contains unwanted label")
                : Verdict.ALLOWED;
    }
}
