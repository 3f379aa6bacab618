package dev.navarch.apiserver.match;

import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked, without the objects: the request of an AdmissionReview (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/request/admissionreview.go; pkg/admission/plugin/cel/condition.go,
 * CreateAdmissionRequest).
 */
public final class ReviewedRequest {
    private ReviewedRequest() {}

    /** The request as it looks at {@code apiVersion}. */
    public static ObjectNode of(AdmissionRequest request, String apiVersion) {
        var requested = request.admitted().requested();
        var asked = Tree.object();
        asked.set("kind", named(request.admitted().kindAt(apiVersion), "kind", request.kind()));
        asked.set("resource", named(apiVersion, "resource", request.resource()));
        putUnlessEmpty(asked, "subResource", request.subresource());
        asked.set("requestKind", named(request.admitted().kindAt(requested), "kind", request.kind()));
        asked.set("requestResource", named(requested, "resource", request.resource()));
        putUnlessEmpty(asked, "requestSubResource", request.subresource());
        putUnlessEmpty(asked, "name", request.name());
        putUnlessEmpty(asked, "namespace", request.namespace());
        asked.put("operation", request.operation().name());
        var user = asked.putObject("userInfo");
        putUnlessEmpty(user, "username", request.user().name());
        putUnlessEmpty(user, "uid", request.user().uid());
        if (!request.user().groups().isEmpty()) {
            user.set("groups", Tree.arrayOf(request.user().groups()));
        }
        if (!request.user().extra().isEmpty()) {
            var extra = user.putObject("extra");
            request.user().extra().forEach((key, values) -> extra.set(key, Tree.arrayOf(values)));
        }
        asked.put("dryRun", request.dryRun());
        asked.set("options", request.context().options().get());
        return asked;
    }

    private static ObjectNode named(String apiVersion, String what, String name) {
        int slash = apiVersion.indexOf('/');
        return Tree.object()
                .put("group", slash < 0 ? "" : apiVersion.substring(0, slash))
                .put("version", apiVersion.substring(slash + 1))
                .put(what, name);
    }

    private static void putUnlessEmpty(ObjectNode object, String field, String value) {
        if (!value.isEmpty()) {
            object.put(field, value);
        }
    }
}
