package dev.navarch.apiserver.registry;

import dev.navarch.api.ResourceType;
import dev.navarch.apiserver.fields.FieldSet;
import dev.navarch.apiserver.fields.PathElement;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Which fields a write to an object or to a part of it can change. What is put back as it was gets no manager (source:
 * GetResetFields and GetResetFieldsFilter of the strategies in kubernetes pkg/registry).
 */
final class Writable {
    private static final UnaryOperator<FieldSet> ALL = UnaryOperator.identity();
    private static final UnaryOperator<FieldSet> NO_STATUS = without(path("status"));
    private static final UnaryOperator<FieldSet> NO_SPEC = without(path("spec"));

    /** Of a custom resource (source: k8s.io/apiextensions-apiserver pkg/registry/customresource/status_strategy.go). */
    static final UnaryOperator<FieldSet> CUSTOM_STATUS = without(path("spec"), path("metadata"));

    private static final Set<String> WHOSE_STATUS_HAS_NO_METADATA = Set.of(
            "volumeattachments",
            "flowschemas",
            "prioritylevelconfigurations",
            "validatingadmissionpolicies",
            "apiservices");

    private Writable() {}

    static UnaryOperator<FieldSet> in(ResourceType type, String subresource) {
        return switch (subresource) {
            case "" -> whole(type);
            case "status" -> status(type);
            case "finalize" -> NO_STATUS;
            case "approval" -> without(path("spec"), path("status", "certificate"));
            case "ephemeralcontainers" -> set -> set.at(path("spec", "ephemeralContainers"));
            case "resize" -> set -> resources(set, "containers").union(resources(set, "initContainers"));
            default -> ALL;
        };
    }

    private static UnaryOperator<FieldSet> whole(ResourceType type) {
        if (type.plural().equals("certificatesigningrequests")) {
            return without(path("spec"), path("status"));
        }
        return type.subresources().containsKey("status") ? NO_STATUS : ALL;
    }

    private static UnaryOperator<FieldSet> status(ResourceType type) {
        var plural = type.plural();
        if (WHOSE_STATUS_HAS_NO_METADATA.contains(plural)) {
            return without(path("spec"), path("metadata"));
        }
        return switch (plural) {
            case "pods" ->
                without(path("spec"), path("metadata", "deletionTimestamp"), path("metadata", "ownerReferences"));
            case "deployments" -> without(path("spec"), path("metadata", "labels"));
            case "certificatesigningrequests" -> without(path("spec"), path("status", "conditions"));
            default -> NO_SPEC;
        };
    }

    private static FieldSet resources(FieldSet set, String containers) {
        return set.at(path("spec", containers), path("resources"))
                .union(set.at(path("spec", containers), path("resizePolicy")));
    }

    private static List<PathElement> path(String... names) {
        return PathElement.path(names);
    }

    @SafeVarargs
    private static UnaryOperator<FieldSet> without(List<PathElement>... paths) {
        var reset = FieldSet.of(paths);
        return set -> set.recursiveDifference(reset);
    }
}
