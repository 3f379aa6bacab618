package dev.navarch.apiserver.admission.webhook;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.match.ReviewedRequest;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookFailure;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * AdmissionReviews as they go over the wire (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/request/admissionreview.go).
 *
 * @param uids makes a new one for each review
 */
record Reviews(Supplier<String> uids) {
    private static final String GROUP = "admission.k8s.io/";
    private static final List<String> KNOWN = List.of("v1", "v1beta1");

    /** A review that asks about the request as it looks at {@code apiVersion}. */
    ObjectNode ask(AdmissionRequest request, String apiVersion, List<String> understood) throws HookFailure {
        var version = understood.stream()
                .filter(KNOWN::contains)
                .findFirst()
                .orElseThrow(() -> HookFailure.before(
                        "could not create admission objects: webhook does not accept known AdmissionReview versions (v1,"
                                + " v1beta1)"));
        var review = Tree.object().put("kind", "AdmissionReview").put("apiVersion", GROUP + version);
        var asked = review.putObject("request").put("uid", uids.get());
        asked.setAll(ReviewedRequest.of(request, apiVersion));
        asked.set("object", shown(request, request.object(), apiVersion));
        asked.set("oldObject", shown(request, request.old(), apiVersion));
        return review;
    }

    private static JsonNode shown(AdmissionRequest request, Optional<ObjectNode> object, String apiVersion) {
        var versions = request.admitted().versions();
        return object.<JsonNode>map(o -> versions.convert(o, versions.stored(), apiVersion))
                .orElseGet(() -> Tree.object().nullNode());
    }

    /**
     * The response in an answer.
     *
     * @param mutating whether it may have a patch
     * @throws HookFailure if it is no answer to the review
     */
    static ObjectNode verified(ObjectNode review, ObjectNode answer, boolean mutating) throws HookFailure {
        if (!(Tree.at(answer, "response") instanceof ObjectNode response)) {
            throw invalid("webhook response was absent");
        }
        var apiVersion = Tree.text(review, "apiVersion");
        if (apiVersion.equals(GROUP + "v1")) {
            var uid = Tree.text(review, "request", "uid");
            if (!Tree.text(response, "uid").equals(uid)) {
                throw invalid("expected response.uid=" + GoText.quote(uid) + ", got "
                        + GoText.quote(Tree.text(response, "uid")));
            }
            var kind = Tree.text(answer, "kind");
            if (!kind.equals("AdmissionReview")
                    || !Tree.text(answer, "apiVersion").equals(apiVersion)) {
                throw invalid("expected webhook response of " + apiVersion + ", Kind=AdmissionReview, got "
                        + Tree.text(answer, "apiVersion") + ", Kind=" + kind);
            }
            checkPatch(response, mutating);
        }
        return response;
    }

    private static void checkPatch(ObjectNode response, boolean mutating) throws HookFailure {
        boolean patch = !Tree.text(response, "patch").isEmpty();
        boolean type = Tree.has(response, "patchType");
        if (!mutating && (patch || type)) {
            throw invalid("validating webhook may not return response." + (patch ? "patch" : "patchType"));
        }
        if (patch && !type) {
            throw invalid("webhook returned response.patch but not response.patchType");
        }
        if (type && !patch) {
            throw invalid("webhook returned response.patchType but not response.patch");
        }
        if (type && Tree.text(response, "patchType").isEmpty()) {
            throw invalid("webhook returned invalid response.patchType of \"\"");
        }
    }

    private static HookFailure invalid(String why) {
        return new HookFailure("received invalid webhook response: " + why);
    }
}
