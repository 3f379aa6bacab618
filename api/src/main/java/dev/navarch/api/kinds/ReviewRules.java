package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;

/**
 * Kinds that are asked for, not stored: reviews of tokens and of access, requests for tokens, bindings, evictions and
 * scales. They need no names.
 *
 * <p>Source: kubernetes pkg/apis/authorization/validation/validation.go, pkg/apis/authentication/validation/validation.go,
 * pkg/apis/core/validation/validation.go (ValidatePodBinding), pkg/apis/autoscaling/validation/validation.go
 * (ValidateScale).
 */
final class ReviewRules {
    private static final String ACCESS = "authorization.k8s.io/";
    private static final String TOKENS = "authentication.k8s.io/";

    private ReviewRules() {}

    static Map<String, KindRules> all() {
        return Map.ofEntries(
                Map.entry(ACCESS + "SubjectAccessReview", access(true, false)),
                Map.entry(ACCESS + "SelfSubjectAccessReview", access(false, false)),
                Map.entry(ACCESS + "LocalSubjectAccessReview", access(true, true)),
                Map.entry(ACCESS + "SelfSubjectRulesReview", Kind.unnamed().build()),
                Map.entry(TOKENS + "TokenReview", Kind.unnamed().build()),
                Map.entry(TOKENS + "SelfSubjectReview", Kind.unnamed().build()),
                Map.entry(TOKENS + "TokenRequest", tokenRequest()),
                Map.entry("/Binding", binding()),
                Map.entry("policy/Eviction", Kind.unnamed().build()),
                Map.entry("autoscaling/Scale", scale()));
    }

    private static KindRules access(boolean ofSubject, boolean local) {
        return Kind.unnamed()
                .check((review, problems) -> {
                    At spec = review.at("spec");
                    which(spec, problems);
                    if (ofSubject
                            && spec.at("user").isEmpty()
                            && spec.at("groups").isEmpty()) {
                        problems.invalid(spec.at("user"), "", "at least one of user or group must be specified");
                    }
                    resource(spec.at("resourceAttributes"), problems);
                    metadata(review.at("metadata"), local, problems);
                    if (local) {
                        inNamespace(review, problems);
                    }
                })
                .build();
    }

    private static void which(At spec, Problems problems) {
        At resource = spec.at("resourceAttributes");
        At path = spec.at("nonResourceAttributes");
        if (resource.isSet() && path.isSet()) {
            problems.invalid(path, "cannot be specified in combination with resourceAttributes");
        } else if (!resource.isSet() && !path.isSet()) {
            problems.invalid(
                    resource, null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }
    }

    private static void metadata(At metadata, boolean local, Problems problems) {
        for (String field : metadata.node().propertyNames()) {
            boolean allowed = field.equals("managedFields") || (local && field.equals("namespace"));
            if (!allowed && !metadata.at(field).isEmpty()) {
                problems.invalid(metadata, local ? "must be empty except for namespace" : "must be empty");
                return;
            }
        }
    }

    private static void inNamespace(At review, Problems problems) {
        At namespace = review.at("spec", "resourceAttributes", "namespace");
        if (review.at("spec", "resourceAttributes").isSet()
                && !namespace.is(review.at("metadata", "namespace").text())) {
            problems.invalid(namespace, "must match metadata.namespace");
        }
        At path = review.at("spec", "nonResourceAttributes");
        if (path.isSet()) {
            problems.invalid(path, "disallowed on this kind of request");
        }
    }

    private static void resource(At attributes, Problems problems) {
        selector(attributes.at("fieldSelector"), problems);
        selector(attributes.at("labelSelector"), problems);
    }

    private static void selector(At selector, Problems problems) {
        if (!selector.isSet()) {
            return;
        }
        At raw = selector.at("rawSelector");
        At requirements = selector.at("requirements");
        if (!raw.isEmpty() && !requirements.isEmpty()) {
            problems.invalid(raw, "may not specified at the same time as requirements");
        } else if (raw.isEmpty() && requirements.isEmpty()) {
            problems.required(
                    requirements, "when " + selector.path() + " is specified, requirements or rawSelector is required");
        }
        for (At requirement : requirements.items()) {
            At values = requirement.at("values");
            if (requirement.at("key").isEmpty()) {
                problems.required(requirement.at("key"), "must be specified");
            }
            switch (requirement.at("operator").text()) {
                case "In", "NotIn" -> {
                    if (values.isEmpty()) {
                        problems.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
                    }
                }
                case "Exists", "DoesNotExist" -> {
                    if (!values.isEmpty()) {
                        problems.forbidden(
                                values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    }
                }
                default -> {}
            }
        }
    }

    private static KindRules tokenRequest() {
        return Kind.unnamed()
                .defaults(Defaults.spec(spec -> Defaults.put(spec, "expirationSeconds", 3600)))
                .check((request, problems) ->
                        VolumeChecks.tokenLifetime(request.at("spec", "expirationSeconds"), problems))
                .build();
    }

    private static KindRules binding() {
        return Kind.unnamed()
                .check((binding, problems) -> {
                    At kind = binding.at("target", "kind");
                    if (!kind.isEmpty() && !kind.is("Node")) {
                        problems.notSupported(kind, List.of("Node", "<empty>"));
                    }
                    problems.requiredText(binding.at("target", "name"));
                })
                .build();
    }

    private static KindRules scale() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(scale -> At.object(scale, "spec"))
                .check((scale, problems) -> problems.notNegative(scale.at("spec", "replicas")))
                .build();
    }
}
