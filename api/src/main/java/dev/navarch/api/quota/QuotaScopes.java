package dev.navarch.api.quota;

import dev.navarch.api.kinds.PodQos;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which objects a quota is about (source: kubernetes pkg/quota/v1/evaluator/core, podMatchesScopeFunc and others). */
public final class QuotaScopes {
    private QuotaScopes() {}

    /** Whether all of the quota's scopes hold for the object. */
    public static boolean match(QuotaUsage.Counted counted, JsonNode quota, JsonNode object) {
        var spec = quota.path("spec");
        return spec.path("scopes")
                        .valueStream()
                        .allMatch(s -> holds(counted, s.asString(""), "Exists", Set.of(), object))
                && spec.path("scopeSelector")
                        .path("matchExpressions")
                        .valueStream()
                        .allMatch(e -> holds(
                                counted,
                                e.path("scopeName").asString(""),
                                e.path("operator").asString(""),
                                strings(e.path("values")),
                                object));
    }

    /** Whether one requirement, of a scope selector's, holds for the object. */
    public static boolean holds(QuotaUsage.Counted counted, JsonNode requirement, JsonNode object) {
        return holds(
                counted,
                requirement.path("scopeName").asString(""),
                requirement.path("operator").asString(""),
                strings(requirement.path("values")),
                object);
    }

    /** Those of the quota's scopes, by name, that hold for the object. */
    public static Set<String> holding(QuotaUsage.Counted counted, JsonNode quota, JsonNode object) {
        Set<String> names = new TreeSet<>();
        for (var scope : quota.path("spec").path("scopes")) {
            if (holds(counted, scope.asString(""), "Exists", Set.of(), object)) {
                names.add(scope.asString(""));
            }
        }
        for (var requirement : quota.path("spec").path("scopeSelector").path("matchExpressions")) {
            if (holds(counted, requirement, object)) {
                names.add(requirement.path("scopeName").asString(""));
            }
        }
        return names;
    }

    private static Set<String> strings(JsonNode array) {
        Set<String> strings = new TreeSet<>();
        array.forEach(v -> strings.add(v.asString("")));
        return strings;
    }

    private static boolean holds(
            QuotaUsage.Counted counted, String scope, String operator, Set<String> values, JsonNode object) {
        if (counted.is("persistentvolumeclaims")) {
            return scope.equals("VolumeAttributesClass") && selects(operator, values, attributesClasses(object));
        }
        if (!counted.is("pods")) {
            return false;
        }
        var spec = object.path("spec");
        return switch (scope) {
            case "Terminating" -> terminating(object);
            case "NotTerminating" -> !terminating(object);
            case "BestEffort" -> bestEffort(object);
            case "NotBestEffort" -> !bestEffort(object);
            case "PriorityClass" ->
                selects(
                        operator,
                        values,
                        present(Stream.of(spec.path("priorityClassName").asString(""))));
            case "CrossNamespacePodAffinity" -> crossesNamespaces(spec.path("affinity"));
            default -> false;
        };
    }

    private static List<String> present(Stream<String> names) {
        return names.filter(n -> !n.isEmpty()).toList();
    }

    private static boolean selects(String operator, Set<String> values, List<String> names) {
        return switch (operator) {
            case "In" -> names.stream().anyMatch(values::contains);
            case "NotIn" -> names.isEmpty() || names.stream().anyMatch(n -> !values.contains(n));
            case "Exists" -> !names.isEmpty();
            case "DoesNotExist" -> names.isEmpty();
            default -> false;
        };
    }

    private static List<String> attributesClasses(JsonNode claim) {
        var status = claim.path("status");
        return present(Stream.of(
                claim.path("spec").path("volumeAttributesClassName").asString(""),
                status.path("currentVolumeAttributesClassName").asString(""),
                status.path("modifyVolumeStatus")
                        .path("targetVolumeAttributesClassName")
                        .asString("")));
    }

    /** Whether a pod ends by itself. */
    public static boolean terminating(JsonNode pod) {
        return pod.path("spec").path("activeDeadlineSeconds").asLong(-1) >= 0;
    }

    private static boolean bestEffort(JsonNode pod) {
        return pod instanceof ObjectNode object && PodQos.of(object).equals("BestEffort");
    }

    private static boolean crossesNamespaces(JsonNode affinity) {
        return Stream.of("podAffinity", "podAntiAffinity").map(affinity::path).anyMatch(a -> {
            var required =
                    a.path("requiredDuringSchedulingIgnoredDuringExecution").valueStream();
            var preferred = a.path("preferredDuringSchedulingIgnoredDuringExecution")
                    .valueStream()
                    .map(p -> p.path("podAffinityTerm"));
            return Stream.concat(required, preferred)
                    .anyMatch(t -> !t.path("namespaces").isEmpty()
                            || t.path("namespaceSelector").isObject());
        });
    }
}
