package dev.navarch.apiserver.authz;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The questions "may I" and "may they". Source: k8s.io/kubernetes pkg/registry/authorization and
 * pkg/apis/authorization/validation.
 */
final class AccessReviews {
    private static final String GROUP = "authorization.k8s.io";

    private final Authorizer authorizer;
    private final RuleResolver rules;

    AccessReviews(Authorizer authorizer, RuleResolver rules) {
        this.authorizer = authorizer;
        this.rules = rules;
    }

    Map<VirtualResource.Target, VirtualResource> resources() {
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
        var causes = causes(review, true);
        var asked = Tree.at(review, "spec", "resourceAttributes");
        var namespace = Tree.text(asked, "namespace");
        if (asked.isObject() && !namespace.equals(request.info().namespace())) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: " + GoText.quote(namespace) + ": must match metadata.namespace",
                    "spec.resourceAttributes.namespace"));
        }
        if (Tree.at(review, "spec", "nonResourceAttributes").isObject()) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: " + Tree.at(review, "spec", "nonResourceAttributes")
                            + ": disallowed on this kind of request",
                    "spec.nonResourceAttributes"));
        }
        refuse(causes, "LocalSubjectAccessReview");
        return decide(review, subjectOf(review));
    }

    private static void validate(ObjectNode review, String kind, boolean ofOthers) {
        refuse(causes(review, ofOthers), kind);
    }

    private static void refuse(List<Cause> causes, String kind) {
        if (!causes.isEmpty()) {
            throw ApiFailure.invalid(GROUP, kind, "", causes);
        }
    }

    private static List<Cause> causes(ObjectNode review, boolean ofOthers) {
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
        if (ofOthers && Tree.text(spec, "user").isEmpty() && spec.path("groups").isEmpty()) {
            causes.add(new Cause(
                    "FieldValueInvalid",
                    "Invalid value: \"\": at least one of user or group must be specified",
                    "spec.user"));
        }
        causes.addAll(ReviewSelectors.check(spec.path("resourceAttributes")));
        return causes;
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
        var spec = review.path("spec");
        var selectors = ReviewSelectors.of(spec.path("resourceAttributes"));
        var decision = authorizer.authorize(user, info(spec, selectors));
        var status = review.putObject("status");
        status.put("allowed", decision.allowed());
        if (decision.outcome() == Decision.Outcome.DENY) {
            status.put("denied", true);
        }
        if (!decision.reason().isEmpty()) {
            status.put("reason", decision.reason());
        }
        var error = Stream.concat(Stream.of(decision.evaluationError()), selectors.complaints().stream())
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("; "));
        if (!error.isEmpty()) {
            status.put("evaluationError", error);
        }
        return review;
    }

    private static RequestInfo info(JsonNode spec, ReviewSelectors selectors) {
        var asked = spec.path("resourceAttributes");
        if (!asked.isObject()) {
            var path = spec.path("nonResourceAttributes");
            return RequestInfo.nonResource(Tree.text(path, "verb"), Tree.text(path, "path"));
        }
        var version = Tree.text(asked, "version");
        return new RequestInfo(
                true,
                Tree.text(asked, "verb"),
                Tree.text(asked, "group"),
                version.isEmpty() ? "*" : version,
                Tree.text(asked, "resource"),
                Tree.text(asked, "subresource"),
                Tree.text(asked, "namespace"),
                Tree.text(asked, "name"),
                "",
                selectors.selectors());
    }

    private ObjectNode rules(ApiRequest request, ObjectNode review) {
        var namespace = review.path("spec").path("namespace").asString("");
        if (namespace.isEmpty()) {
            throw ApiFailure.badRequest("no namespace on request");
        }
        var status = review.putObject("status");
        var resources = status.putArray("resourceRules");
        var paths = status.putArray("nonResourceRules");
        var known = rules.rules(request.user(), namespace);
        for (var rule : known.rules()) {
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
        status.put("incomplete", known.incomplete());
        if (!known.error().isEmpty()) {
            status.put("evaluationError", known.error());
        }
        return review;
    }

    private static void add(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }
}
