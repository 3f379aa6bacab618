package dev.navarch.apiserver.authz;

import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.Requirement;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Selectors;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A SubjectAccessReview to ask another server with (source: k8s.io/apiserver plugin/pkg/authorizer/webhook/webhook.go). */
public final class SubjectReview {
    private static final String GROUP = "authorization.k8s.io/";

    private SubjectReview() {}

    /** @param version v1 or v1beta1 */
    public static ObjectNode of(User user, RequestInfo request, String version) {
        var review = Tree.object().put("kind", "SubjectAccessReview").put("apiVersion", GROUP + version);
        var spec = review.putObject("spec");
        if (request.resourceRequest()) {
            spec.set("resourceAttributes", resource(request));
        } else {
            spec.putObject("nonResourceAttributes").put("path", request.path()).put("verb", request.verb());
        }
        put(spec, "user", user.name());
        if (!user.groups().isEmpty()) {
            spec.set(version.equals("v1beta1") ? "group" : "groups", Tree.arrayOf(user.groups()));
        }
        if (!user.extra().isEmpty()) {
            var extra = spec.putObject("extra");
            user.extra().forEach((key, values) -> extra.set(key, Tree.arrayOf(values)));
        }
        put(spec, "uid", user.uid());
        return review;
    }

    private static ObjectNode resource(RequestInfo request) {
        var attributes = Tree.object();
        put(attributes, "namespace", request.namespace());
        put(attributes, "verb", request.verb());
        put(attributes, "group", request.group());
        put(attributes, "version", request.version());
        put(attributes, "resource", request.resource());
        put(attributes, "subresource", request.subresource());
        put(attributes, "name", request.name());
        selectors(attributes, request.selectors());
        return attributes;
    }

    /** Of labels, comparisons by order have no form here; without them more is asked than is meant. */
    static void selectors(ObjectNode attributes, Selectors selectors) {
        if (!selectors.fields().matchesEverything()) {
            var requirements = attributes.putObject("fieldSelector").putArray("requirements");
            selectors.fields().terms().forEach(term -> requirements.add(field(term)));
        }
        var labels = selectors.labels().requirements().stream()
                .filter(requirement -> !operator(requirement).isEmpty())
                .toList();
        if (!labels.isEmpty()) {
            var requirements = attributes.putObject("labelSelector").putArray("requirements");
            labels.forEach(requirement -> requirements.add(label(requirement)));
        }
    }

    private static ObjectNode field(FieldSelector.Term term) {
        var requirement = Tree.object().put("key", term.field()).put("operator", term.equal() ? "In" : "NotIn");
        requirement.putArray("values").add(term.value());
        return requirement;
    }

    private static ObjectNode label(Requirement label) {
        var requirement = Tree.object().put("key", label.key()).put("operator", operator(label));
        if (!label.values().isEmpty()) {
            requirement.set("values", Tree.arrayOf(label.values()));
        }
        return requirement;
    }

    private static String operator(Requirement requirement) {
        return switch (requirement.operator()) {
            case IN, EQUALS, DOUBLE_EQUALS -> "In";
            case NOT_IN, NOT_EQUALS -> "NotIn";
            case EXISTS -> "Exists";
            case DOES_NOT_EXIST -> "DoesNotExist";
            case GREATER_THAN, LESS_THAN -> "";
        };
    }

    private static void put(ObjectNode to, String name, String value) {
        if (!value.isEmpty()) {
            to.put(name, value);
        }
    }

    /** What a review that came back says. */
    public static Decision decision(JsonNode review) {
        var status = review.path("status");
        var reason = Tree.text(status, "reason");
        boolean allowed = Tree.flag(status, false, "allowed");
        if (Tree.flag(status, false, "denied")) {
            return new Decision(
                    Decision.Outcome.DENY,
                    reason,
                    allowed ? "webhook subject access review returned both allow and deny response" : "");
        }
        return allowed ? Decision.allow(reason) : Decision.noOpinion(reason);
    }
}
