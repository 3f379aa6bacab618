package dev.navarch.controllers.disruption;

import dev.navarch.api.values.Timestamps;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.Share;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatus;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a budget allows. source: kubernetes pkg/controller/disruption/disruption.go and
 * staging/src/k8s.io/component-helpers/apps/poddisruptionbudget/helpers.go.
 */
final class DisruptionPlan {
    /** A pod that was evicted is given so long until its deletion is seen. */
    static final Duration DELETION = Duration.ofMinutes(2);

    /** A pod that says that it is to be disrupted is given so long until it is. */
    static final Duration DISRUPTION = Duration.ofMinutes(2);

    private DisruptionPlan() {}

    /** How many pods there should be, and how many of them healthy. */
    record Demand(int expected, int healthy) {}

    /** Whether the budget is counted from the scales of the pods' owners; else from the pods. */
    static boolean needsScale(PodDisruptionBudget budget) {
        var spec = budget.getSpec();
        return spec.getMaxUnavailable() != null
                || (spec.getMinAvailable() != null && spec.getMinAvailable().getStrVal() != null);
    }

    /** @param expected pods that should be there */
    static Demand demand(PodDisruptionBudget budget, int expected) {
        var spec = budget.getSpec();
        if (spec.getMaxUnavailable() != null) {
            return new Demand(expected, Math.max(0, expected - scaled(spec.getMaxUnavailable(), expected)));
        }
        return spec.getMinAvailable() == null
                ? new Demand(0, 0)
                : new Demand(expected, scaled(spec.getMinAvailable(), expected));
    }

    /** Percents are rounded up; unlike elsewhere, what cannot be read allows nothing. */
    private static int scaled(IntOrString value, int whole) {
        var text = value.getStrVal();
        if (text != null && !text.matches("-?\\d{1,9}%")) {
            throw new IllegalArgumentException(
                    "invalid value for IntOrString: invalid type: string is not a percentage");
        }
        return Share.of(value, whole, true);
    }

    /** Of the evicted pods those whose deletion is still to be seen, with the times of their eviction. */
    static Map<String, String> disrupted(PodDisruptionBudget budget, List<Pod> pods, Instant now) {
        Map<String, String> still = new TreeMap<>();
        for (var pod : pods) {
            evicted(budget, pod)
                    .filter(t -> !Pods.isDeleting(pod) && !t.plus(DELETION).isBefore(now))
                    .ifPresent(t -> still.put(pod.getMetadata().getName(), Timestamps.seconds(t)));
        }
        return still;
    }

    /** Pods that were evicted and are still there. */
    static List<Pod> notDeleted(PodDisruptionBudget budget, List<Pod> pods, Instant now) {
        return pods.stream()
                .filter(p -> !Pods.isDeleting(p))
                .filter(p -> evicted(budget, p)
                        .filter(t -> t.plus(DELETION).isBefore(now))
                        .isPresent())
                .toList();
    }

    private static Optional<Instant> evicted(PodDisruptionBudget budget, Pod pod) {
        var status = budget.getStatus();
        return status == null || status.getDisruptedPods() == null
                ? Optional.empty()
                : Optional.ofNullable(
                                status.getDisruptedPods().get(pod.getMetadata().getName()))
                        .flatMap(Timestamps::parse);
    }

    /** Pods that are ready and that nobody is about to delete. */
    static int healthy(List<Pod> pods, Map<String, String> disrupted) {
        return (int) pods.stream()
                .filter(p -> !Pods.isDeleting(p)
                        && !disrupted.containsKey(p.getMetadata().getName()))
                .filter(Pods::isReady)
                .count();
    }

    static PodDisruptionBudgetStatus status(
            PodDisruptionBudget budget, Demand demand, int healthy, Map<String, String> disrupted, Instant now) {
        // a budget that matches no pods must not allow to evict the first one before it is looked at again
        int allowed = demand.expected <= 0 ? 0 : Math.max(0, healthy - demand.healthy);
        var generation = budget.getMetadata().getGeneration();
        var condition = new ConditionBuilder()
                .withType("DisruptionAllowed")
                .withStatus(allowed > 0 ? "True" : "False")
                .withReason(allowed > 0 ? "SufficientPods" : "InsufficientPods")
                .withMessage("")
                .withObservedGeneration(generation)
                .build();
        return new PodDisruptionBudgetStatusBuilder()
                .withExpectedPods(demand.expected)
                .withDesiredHealthy(demand.healthy)
                .withCurrentHealthy(healthy)
                .withDisruptionsAllowed(allowed)
                .withDisruptedPods(disrupted)
                .withObservedGeneration(generation)
                .withConditions(set(budget, condition, now))
                .build();
    }

    /** Nothing is allowed while nobody knows how many pods there should be. */
    static PodDisruptionBudgetStatus failed(PodDisruptionBudget budget, String why, Instant now) {
        var before = budget.getStatus() == null ? new PodDisruptionBudgetStatus() : budget.getStatus();
        var condition = new ConditionBuilder()
                .withType("DisruptionAllowed")
                .withStatus("False")
                .withReason("SyncFailed")
                .withMessage(why)
                .withObservedGeneration(before.getObservedGeneration())
                .build();
        return new PodDisruptionBudgetStatusBuilder(before)
                .withDisruptionsAllowed(0)
                .withConditions(set(budget, condition, now))
                .build();
    }

    /** The budget's conditions with this one, whose time is that of its last change of status. */
    private static List<Condition> set(PodDisruptionBudget budget, Condition now, Instant time) {
        List<Condition> conditions = new ArrayList<>();
        if (budget.getStatus() != null && budget.getStatus().getConditions() != null) {
            conditions.addAll(budget.getStatus().getConditions());
        }
        for (int i = 0; i < conditions.size(); i++) {
            var before = conditions.get(i);
            if (now.getType().equals(before.getType())) {
                boolean same = now.getStatus().equals(before.getStatus());
                now.setLastTransitionTime(same ? before.getLastTransitionTime() : Timestamps.seconds(time));
                conditions.set(i, now);
                return conditions;
            }
        }
        now.setLastTransitionTime(Timestamps.seconds(time));
        conditions.add(now);
        return conditions;
    }

    /** How long until a pod's word that it is to be disrupted is stale; empty if it never is. */
    static Optional<Duration> stale(Pod pod, Instant now) {
        if (Pods.isDeleting(pod) || Pods.isTerminal(pod)) {
            return Optional.empty();
        }
        return Pods.condition(pod, "DisruptionTarget")
                .filter(c -> "True".equals(c.getStatus()) && !"TerminationByKubelet".equals(c.getReason()))
                .map(c -> Optional.ofNullable(c.getLastTransitionTime())
                        .flatMap(Timestamps::parse)
                        .map(t -> Duration.between(now, t.plus(DISRUPTION)))
                        .filter(Duration::isPositive)
                        .orElse(Duration.ZERO));
    }
}
