package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.Authorizer;
import dev.navarch.apiserver.Decision;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.Status.Cause;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.VirtualResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The questions "may I" and "may they". Source: k8s.io/kubernetes pkg/registry/authorization and
 * pkg/apis/authorization/validation.
 */
public final class AccessReviews {
    private static final String GROUP = "authorization.k8s.io";

    private final Authorizer authorizer;
    private final RbacAuthorizer rbac;

    public AccessReviews(Authorizer authorizer, RbacAuthorizer rbac) {
        this.authorizer = authorizer;
        this.rbac = rbac;
    }

    public Map<VirtualResource.Target, VirtualResource> resources() {
        return Map.of(
                new VirtualResource.Target(GROUP, "selfsubjectaccessreviews"), this::self,
                new VirtualResource.Target(GROUP, "subjectaccessreviews"), this::subject,
                new VirtualResource.Target(GROUP, "localsubjectaccessreviews"), this::local,
                new VirtualResource.Target(GROUP, "selfsubjectrulesreviews"), this::rules);
    }

    private ObjectNode self(ApiRequest request, ObjectNode review) {
        validate(review, "SelfSubjectAccessReview", false);
        return decide(review, request.user());
    }

    private ObjectNode subject(ApiRequest request, ObjectNode review) {
        validate(review, "SubjectAccessReview", true);
        return decide(review, subjectOf(review));
    }

    private ObjectNode local(ApiRequest request, ObjectNode review) {
        validate(review, "LocalSubjectAccessReview", true);
        var namespace = request.info().namespace();
        var asked =
                review.path("spec").path("resourceAttributes").path("namespace").asString("");
        if (!asked.equals(namespace)) {
            throw ApiFailure.invalid(
                    GROUP,
                    "LocalSubjectAccessReview",
                    "",
                    List.of(new Cause(
                            "FieldValueInvalid",
                            "Invalid value: \"" + asked + "\": must match metadata.namespace",
                            "spec.resourceAttributes.namespace")));
        }
        return decide(review, subjectOf(review));
    }

    private static void validate(ObjectNode review, String kind, boolean ofOthers) {
        var spec = review.path("spec");
        boolean resource = spec.path("resourceAttributes").isObject();
        boolean path = spec.path("nonResourceAttributes").isObject();
        List<Cause> causes = new ArrayList<>();
        if (resource && path) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: \"null\": cannot be specified in combination with resourceAttributes",
                    "spec.nonResourceAttributes"));
        }
        if (!resource && !path) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: \"null\": exactly one of nonResourceAttributes or resourceAttributes must be"
                            + " specified",
                    "spec.resourceAttributes"));
        }
        if (ofOthers
                && spec.path("user").asString("").isEmpty()
                && spec.path("groups").isEmpty()) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: \"\": at least one of user or group must be specified",
                    "spec.user"));
        }
        if (!causes.isEmpty()) {
            throw ApiFailure.invalid(GROUP, kind, "", causes);
        }
    }

    private static User subjectOf(ObjectNode review) {
        var spec = review.path("spec");
        Map<String, List<String>> extra = new HashMap<>();
        spec.path("extra").propertyStream().forEach(p -> extra.put(p.getKey(), strings(p.getValue())));
        return new User(
                spec.path("user").asString(""), spec.path("uid").asString(""), strings(spec.path("groups")), extra);
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private ObjectNode decide(ObjectNode review, User user) {
        var decision = authorizer.authorize(user, info(review.path("spec")));
        var status = review.putObject("status");
        status.put("allowed", decision.allowed());
        if (decision.outcome() == Decision.Outcome.DENY) {
            status.put("denied", true);
        }
        if (!decision.reason().isEmpty()) {
            status.put("reason", decision.reason());
        }
        if (!decision.evaluationError().isEmpty()) {
            status.put("evaluationError", decision.evaluationError());
        }
        return review;
    }

    private static RequestInfo info(JsonNode spec) {
        var asked = spec.path("resourceAttributes");
        if (!asked.isObject()) {
            var path = spec.path("nonResourceAttributes");
            return RequestInfo.nonResource(
                    path.path("verb").asString(""), path.path("path").asString(""));
        }
        return new RequestInfo(
                true,
                asked.path("verb").asString(""),
                asked.path("group").asString(""),
                asked.path("version").asString(""),
                asked.path("resource").asString(""),
                asked.path("subresource").asString(""),
                asked.path("namespace").asString(""),
                asked.path("name").asString(""),
                "");
    }

    private ObjectNode rules(ApiRequest request, ObjectNode review) {
        var namespace = review.path("spec").path("namespace").asString("");
        if (namespace.isEmpty()) {
            throw ApiFailure.badRequest("no namespace on request");
        }
        var status = review.putObject("status");
        var resources = status.putArray("resourceRules");
        var paths = status.putArray("nonResourceRules");
        for (var rule : rbac.rules(request.user(), namespace)) {
            if (!rule.resources().isEmpty()) {
                var node = resources.addObject();
                add(node.putArray("verbs"), rule.verbs());
                add(node.putArray("apiGroups"), rule.groups());
                add(node.putArray("resources"), rule.resources());
                if (!rule.names().isEmpty()) {
                    add(node.putArray("resourceNames"), rule.names());
                }
            }
            if (!rule.urls().isEmpty()) {
                var node = paths.addObject();
                add(node.putArray("verbs"), rule.verbs());
                add(node.putArray("nonResourceURLs"), rule.urls());
            }
        }
        status.put("incomplete", false);
        return review;
    }

    private static void add(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
