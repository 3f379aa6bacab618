package dev.navarch.controllers.replicaset;

import dev.navarch.api.values.Timestamps;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How many pods to make, which to delete, and what to report. source: kubernetes pkg/controller/replicaset
 * (replica_set.go, replica_set_utils.go) and pkg/controller/controller_utils.go (ActivePodsWithRanks).
 */
final class ReplicaSetPlan {
    static final int BURST = 500;
    static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    private static final List<String> PHASES = List.of("Pending", "Unknown", "Running");

    private ReplicaSetPlan() {}

    static int wished(ReplicaSet set) {
        var replicas = set.getSpec().getReplicas();
        return replicas == null ? 1 : replicas;
    }

    static Duration minReady(ReplicaSet set) {
        var seconds = set.getSpec().getMinReadySeconds();
        return Duration.ofSeconds(seconds == null ? 0 : seconds);
    }

    /** Pods to make if positive, to delete if negative; at most {@link #BURST} at once. */
    static int missing(ReplicaSet set, int active) {
        return Math.clamp(wished(set) - active, -BURST, BURST);
    }

    /**
     * The pods to delete first.
     *
     * @param active of the set
     * @param related active pods of all sets of the same deployment: of nodes with many of them, one goes first
     */
    static List<Pod> surplus(List<Pod> active, List<Pod> related, int count, Instant now) {
        if (count >= active.size()) {
            return active;
        }
        Map<String, Integer> perNode = new HashMap<>();
        related.stream().filter(Pods::isActive).forEach(p -> perNode.merge(Pods.nodeName(p), 1, Integer::sum));
        List<Pod> sorted = new ArrayList<>(active);
        sorted.sort(deletionOrder(perNode, now));
        return List.copyOf(sorted.subList(0, count));
    }

    /** Unassigned, not running, not ready, cheap, crowded, young in readiness, restarted and young pods go first. */
    static Comparator<Pod> deletionOrder(Map<String, Integer> perNode, Instant now) {
        return Comparator.<Pod>comparingInt(p -> Pods.nodeName(p).isEmpty() ? 0 : 1)
                .thenComparingInt(p -> PHASES.indexOf(Pods.phase(p)))
                .thenComparingInt(p -> Pods.isReady(p) ? 1 : 0)
                .thenComparingInt(ReplicaSetPlan::deletionCost)
                .thenComparing(p -> perNode.getOrDefault(Pods.nodeName(p), 0), Comparator.reverseOrder())
                .thenComparingLong(p -> age(Pods.readySince(p), now))
                .thenComparing(ReplicaSetPlan::restarts, Comparator.reverseOrder())
                .thenComparing(ReplicaSetPlan::restartsBeside, Comparator.reverseOrder())
                .thenComparingLong(p -> age(created(p), now))
                .thenComparing(p -> p.getMetadata().getUid());
    }

    /** On a logarithmic scale, so that among pods of about one age chance decides; unknown counts as youngest. */
    private static long age(Optional<Instant> since, Instant now) {
        return since.map(s -> {
                    long nanos = Duration.between(s, now).toNanos();
                    return nanos <= 0 ? 0L : 63L - Long.numberOfLeadingZeros(nanos);
                })
                .orElse(-1L);
    }

    private static Optional<Instant> created(Pod pod) {
        return Optional.ofNullable(pod.getMetadata().getCreationTimestamp()).flatMap(Timestamps::parse);
    }

    /** How much older than the youngest ready pod those are that are ready and are to go. */
    static List<Double> ageRatios(List<Pod> active, List<Pod> surplus, Instant now) {
        var youngest = active.stream()
                .flatMap(p -> Pods.readySince(p).stream())
                .max(Comparator.naturalOrder())
                .map(since -> Duration.between(since, now).toMillis())
                .filter(age -> age > 0);
        return youngest.isEmpty()
                ? List.of()
                : surplus.stream()
                        .flatMap(p -> Pods.readySince(p).stream())
                        .map(since -> (double) Duration.between(since, now).toMillis() / youngest.get())
                        .toList();
    }

    private static int deletionCost(Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        var text = annotations == null ? null : annotations.get(DELETION_COST);
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The most restarts of any container. */
    private static int restarts(Pod pod) {
        var status = pod.getStatus();
        return status == null || status.getContainerStatuses() == null
                ? 0
                : most(status.getContainerStatuses().stream());
    }

    /** The most restarts of any container that runs beside the others though it starts before them. */
    private static int restartsBeside(Pod pod) {
        var status = pod.getStatus();
        if (status == null
                || status.getInitContainerStatuses() == null
                || pod.getSpec().getInitContainers() == null) {
            return 0;
        }
        var beside = pod.getSpec().getInitContainers().stream()
                .filter(c -> "Always".equals(c.getRestartPolicy()))
                .map(Container::getName)
                .collect(Collectors.toSet());
        return most(status.getInitContainerStatuses().stream().filter(c -> beside.contains(c.getName())));
    }

    private static int most(Stream<ContainerStatus> containers) {
        return containers
                .mapToInt(c -> c.getRestartCount() == null ? 0 : c.getRestartCount())
                .max()
                .orElse(0);
    }

    /**
     * @param failure of making or deleting pods in this round
     */
    static ReplicaSetStatus status(
            ReplicaSet set, List<Pod> active, int terminating, Optional<String> failure, Instant now) {
        var template = set.getSpec().getTemplate();
        Map<String, String> labels = template == null
                        || template.getMetadata() == null
                        || template.getMetadata().getLabels() == null
                ? Map.of()
                : template.getMetadata().getLabels();
        int labeled = 0;
        int ready = 0;
        int available = 0;
        for (var pod : active) {
            var has = pod.getMetadata().getLabels();
            labeled += has != null && has.entrySet().containsAll(labels.entrySet()) || labels.isEmpty() ? 1 : 0;
            ready += Pods.isReady(pod) ? 1 : 0;
            available += Pods.isAvailable(pod, minReady(set), now) ? 1 : 0;
        }
        return new ReplicaSetStatusBuilder()
                .withReplicas(active.size())
                .withFullyLabeledReplicas(positive(labeled))
                .withReadyReplicas(positive(ready))
                .withAvailableReplicas(positive(available))
                .withTerminatingReplicas(terminating)
                .withObservedGeneration(set.getMetadata().getGeneration())
                .withConditions(conditions(set, active.size(), failure, now))
                .build();
    }

    /** Zero is not written, as upstream's serialization leaves it out. */
    private static Integer positive(int count) {
        return count == 0 ? null : Integer.valueOf(count);
    }

    private static List<ReplicaSetCondition> conditions(
            ReplicaSet set, int active, Optional<String> failure, Instant now) {
        List<ReplicaSetCondition> conditions = new ArrayList<>();
        if (set.getStatus() != null && set.getStatus().getConditions() != null) {
            conditions.addAll(set.getStatus().getConditions());
        }
        boolean reported = conditions.stream().anyMatch(c -> c.getType().equals("ReplicaFailure"));
        if (failure.isPresent() && !reported) {
            conditions.add(new ReplicaSetConditionBuilder()
                    .withType("ReplicaFailure")
                    .withStatus("True")
                    .withReason(active < wished(set) ? "FailedCreate" : "FailedDelete")
                    .withMessage(failure.get())
                    .withLastTransitionTime(Timestamps.seconds(now))
                    .build());
        } else if (failure.isEmpty()) {
            conditions.removeIf(c -> c.getType().equals("ReplicaFailure"));
        }
        return conditions;
    }
}
