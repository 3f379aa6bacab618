package dev.navarch.controllers.namespace;

import dev.navarch.api.values.Timestamps;
import dev.navarch.controllers.Discovery;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.NamespaceConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The order of deletion and what is reported meanwhile. source: kubernetes pkg/controller/namespace/deletion
 * (namespaced_resources_deleter.go, status_condition_utils.go).
 */
final class NamespacePlan {
    private NamespacePlan() {}

    /** What happened to one resource: how many objects remain, and which finalizers hold them. */
    record Remaining(Discovery.Found resource, int objects, Map<String, Integer> finalizers) {}

    /** Pods first, since other objects may be what keeps them running well while they stop; then the rest. */
    static List<Discovery.Found> order(List<Discovery.Found> resources) {
        return resources.stream()
                .filter(r -> r.namespaced()
                        && r.verbs().contains("delete")
                        && r.verbs().contains("list"))
                .sorted(Comparator.comparing(r -> !isPods(r)))
                .toList();
    }

    static boolean isPods(Discovery.Found resource) {
        return resource.group().isEmpty() && resource.plural().equals("pods");
    }

    /**
     * The five conditions of a terminating namespace.
     *
     * @param discovery failures by group version
     * @param content failures of deletions
     */
    static List<NamespaceCondition> conditions(
            List<NamespaceCondition> before,
            Map<String, String> discovery,
            List<String> content,
            List<Remaining> remaining,
            Instant now) {
        var left = remaining.stream().filter(r -> r.objects() > 0).toList();
        Map<String, Integer> finalizers = new TreeMap<>();
        left.forEach(r -> r.finalizers().forEach((f, n) -> finalizers.merge(f, n, Integer::sum)));
        List<NamespaceCondition> next = new ArrayList<>();
        next.add(condition(
                "NamespaceDeletionDiscoveryFailure",
                discovery.isEmpty(),
                "ResourcesDiscovered",
                "All resources successfully discovered",
                "DiscoveryFailed",
                () -> "Discovery failed for some groups, " + discovery.size()
                        + " failing: unable to retrieve the complete list of server APIs: "
                        + discovery.entrySet().stream()
                                .map(e -> e.getKey() + ": " + e.getValue())
                                .collect(Collectors.joining(", "))));
        next.add(condition(
                "NamespaceDeletionGroupVersionParsingFailure",
                true,
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
                "",
                () -> ""));
        next.add(condition(
                "NamespaceDeletionContentFailure",
                content.isEmpty(),
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
                "ContentDeletionFailed",
                () -> "Failed to delete all resource types, " + content.size() + " remaining: "
                        + content.stream().sorted().collect(Collectors.joining(", "))));
        next.add(condition(
                "NamespaceContentRemaining",
                left.isEmpty(),
                "ContentRemoved",
                "All content successfully removed",
                "SomeResourcesRemain",
                () -> "Some resources are remaining: "
                        + left.stream()
                                .map(r -> r.resource().plural()
                                        + (r.resource().group().isEmpty()
                                                ? "."
                                                : "." + r.resource().group())
                                        + " has " + r.objects() + " resource instances")
                                .sorted()
                                .collect(Collectors.joining(", "))));
        next.add(condition(
                "NamespaceFinalizersRemaining",
                finalizers.isEmpty(),
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
                "SomeFinalizersRemain",
                () -> "Some content in the namespace has finalizers remaining: "
                        + finalizers.entrySet().stream()
                                .map(e -> e.getKey() + " in " + e.getValue() + " resource instances")
                                .collect(Collectors.joining(", "))));
        return merge(before, next, now);
    }

    private static NamespaceCondition condition(
            String type,
            boolean good,
            String goodReason,
            String goodMessage,
            String badReason,
            java.util.function.Supplier<String> badMessage) {
        return new NamespaceConditionBuilder()
                .withType(type)
                .withStatus(good ? "False" : "True")
                .withReason(good ? goodReason : badReason)
                .withMessage(good ? goodMessage : badMessage.get())
                .build();
    }

    /** Times stay where the status does; other types stay as they are. */
    private static List<NamespaceCondition> merge(
            List<NamespaceCondition> before, List<NamespaceCondition> next, Instant now) {
        List<NamespaceCondition> merged = new ArrayList<>(before);
        for (var condition : next) {
            var same = before.stream()
                    .filter(c -> c.getType().equals(condition.getType())
                            && c.getStatus().equals(condition.getStatus()))
                    .findFirst();
            condition.setLastTransitionTime(
                    same.map(NamespaceCondition::getLastTransitionTime).orElseGet(() -> Timestamps.seconds(now)));
            merged.removeIf(c -> c.getType().equals(condition.getType()));
            merged.add(condition);
        }
        return merged;
    }
}
