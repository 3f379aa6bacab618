package dev.navarch.controllers.deployment;

import static dev.navarch.controllers.deployment.DeploymentPlan.orZero;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a deployment reports. source: kubernetes pkg/controller/deployment (sync.go, progress.go) and
 * util/deployment_util.go.
 */
final class DeploymentStatusPlan {
    static final String PROGRESSING = "Progressing";

    private DeploymentStatusPlan() {}

    static boolean hasDeadline(Deployment deployment) {
        var seconds = deployment.getSpec().getProgressDeadlineSeconds();
        return seconds != null && seconds != Integer.MAX_VALUE;
    }

    static DeploymentStatus statusOf(Deployment deployment) {
        return deployment.getStatus() == null ? new DeploymentStatus() : deployment.getStatus();
    }

    static Optional<DeploymentCondition> condition(DeploymentStatus status, String type) {
        return status.getConditions() == null
                ? Optional.empty()
                : status.getConditions().stream()
                        .filter(c -> c.getType().equals(type))
                        .findFirst();
    }

    /** The counts and the Available condition; other conditions stay. */
    static DeploymentStatus counted(
            Deployment deployment, List<ReplicaSet> all, Optional<ReplicaSet> fresh, Instant now) {
        int available = 0;
        int ready = 0;
        int pods = 0;
        int terminating = 0;
        for (var set : all) {
            var status = set.getStatus();
            if (status != null) {
                available += orZero(status.getAvailableReplicas());
                ready += orZero(status.getReadyReplicas());
                pods += orZero(status.getReplicas());
                terminating += orZero(status.getTerminatingReplicas());
            }
        }
        int updated = fresh.map(ReplicaSet::getStatus)
                .map(s -> orZero(s.getReplicas()))
                .orElse(0);
        var status = new DeploymentStatusBuilder()
                .withObservedGeneration(deployment.getMetadata().getGeneration())
                .withReplicas(positive(pods))
                .withUpdatedReplicas(positive(updated))
                .withReadyReplicas(positive(ready))
                .withAvailableReplicas(positive(available))
                .withUnavailableReplicas(positive(Math.max(0, DeploymentPlan.total(all) - available)))
                .withTerminatingReplicas(terminating)
                .withCollisionCount(statusOf(deployment).getCollisionCount())
                .withConditions(new ArrayList<>(conditions(deployment)))
                .build();
        boolean enough = available >= DeploymentPlan.wished(deployment) - DeploymentPlan.maxUnavailable(deployment);
        set(
                status,
                enough
                        ? condition(
                                "Available",
                                "True",
                                "MinimumReplicasAvailable",
                                "Deployment has minimum availability.",
                                now)
                        : condition(
                                "Available",
                                "False",
                                "MinimumReplicasUnavailable",
                                "Deployment does not have minimum availability.",
                                now));
        return status;
    }

    private static List<DeploymentCondition> conditions(Deployment deployment) {
        var conditions = statusOf(deployment).getConditions();
        return conditions == null ? List.of() : conditions;
    }

    private static @Nullable Integer positive(int count) {
        return count == 0 ? null : Integer.valueOf(count);
    }

    /** The counts, and how the rollout goes. */
    static DeploymentStatus rollout(
            Deployment deployment, List<ReplicaSet> all, Optional<ReplicaSet> fresh, Instant now) {
        var status = counted(deployment, all, fresh, now);
        var progress = condition(statusOf(deployment), PROGRESSING);
        if (!hasDeadline(deployment)) {
            remove(status, PROGRESSING);
        }
        boolean wasDone = orZero(status.getReplicas()) == orZero(status.getUpdatedReplicas())
                && progress.filter(c -> "NewReplicaSetAvailable".equals(c.getReason()))
                        .isPresent();
        if (hasDeadline(deployment) && !wasDone) {
            progress(deployment, status, progress, fresh, now);
        }
        var failure = replicaFailure(all, fresh);
        if (failure.isPresent()) {
            set(status, failure.get());
        } else {
            remove(status, "ReplicaFailure");
        }
        return status;
    }

    private static void progress(
            Deployment deployment,
            DeploymentStatus status,
            Optional<DeploymentCondition> before,
            Optional<ReplicaSet> fresh,
            Instant now) {
        var who = fresh.map(s -> "ReplicaSet \"" + s.getMetadata().getName() + "\"")
                .orElseGet(() -> "Deployment \"" + deployment.getMetadata().getName() + "\"");
        if (isComplete(deployment, status)) {
            set(
                    status,
                    condition(
                            PROGRESSING, "True", "NewReplicaSetAvailable", who + " has successfully progressed.", now));
        } else if (isProgressing(statusOf(deployment), status)) {
            var next = condition(PROGRESSING, "True", "ReplicaSetUpdated", who + " is progressing.", now);
            if (before.filter(c -> "True".equals(c.getStatus())).isPresent()) {
                next.setLastTransitionTime(before.get().getLastTransitionTime());
            }
            remove(status, PROGRESSING); // its update time counts even if nothing else changed
            status.getConditions().add(next);
        } else if (isTimedOut(deployment, status, now)) {
            set(
                    status,
                    condition(
                            PROGRESSING,
                            "False",
                            "ProgressDeadlineExceeded",
                            who + " has timed out progressing.",
                            now));
        }
    }

    /** All pods are of the new template, available and seen. */
    static boolean isComplete(Deployment deployment, DeploymentStatus status) {
        int wished = DeploymentPlan.wished(deployment);
        var generation = deployment.getMetadata().getGeneration();
        return orZero(status.getUpdatedReplicas()) == wished
                && orZero(status.getReplicas()) == wished
                && orZero(status.getAvailableReplicas()) == wished
                && (generation == null
                        || status.getObservedGeneration() != null && status.getObservedGeneration() >= generation);
    }

    private static boolean isProgressing(DeploymentStatus before, DeploymentStatus now) {
        int oldBefore = orZero(before.getReplicas()) - orZero(before.getUpdatedReplicas());
        int oldNow = orZero(now.getReplicas()) - orZero(now.getUpdatedReplicas());
        return orZero(now.getUpdatedReplicas()) > orZero(before.getUpdatedReplicas())
                || oldNow < oldBefore
                || orZero(now.getReadyReplicas()) > orZero(before.getReadyReplicas())
                || orZero(now.getAvailableReplicas()) > orZero(before.getAvailableReplicas());
    }

    private static boolean isTimedOut(Deployment deployment, DeploymentStatus status, Instant now) {
        var progress = condition(status, PROGRESSING);
        if (progress.isEmpty() || "NewReplicaSetAvailable".equals(progress.get().getReason())) {
            return false;
        }
        return "ProgressDeadlineExceeded".equals(progress.get().getReason())
                || deadline(deployment, progress.get())
                        .filter(d -> d.isBefore(now))
                        .isPresent();
    }

    private static Optional<Instant> deadline(Deployment deployment, DeploymentCondition progress) {
        return Optional.ofNullable(progress.getLastUpdateTime())
                .flatMap(Timestamps::parse)
                .map(t -> t.plusSeconds(deployment.getSpec().getProgressDeadlineSeconds()));
    }

    /** When to look again whether the rollout is stuck. */
    static Optional<Duration> nextLook(Deployment deployment, DeploymentStatus status, Instant now) {
        var progress = condition(statusOf(deployment), PROGRESSING);
        if (!hasDeadline(deployment)
                || progress.isEmpty()
                || isComplete(deployment, status)
                || "ProgressDeadlineExceeded".equals(progress.get().getReason())) {
            return Optional.empty();
        }
        return deadline(deployment, progress.get())
                .map(d -> Duration.between(now, d).plusSeconds(1))
                .map(d -> d.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : d);
    }

    private static Optional<DeploymentCondition> replicaFailure(List<ReplicaSet> all, Optional<ReplicaSet> fresh) {
        List<ReplicaSet> order = new ArrayList<>();
        fresh.ifPresent(order::add);
        order.addAll(all);
        return order.stream()
                .filter(s -> s.getStatus() != null && s.getStatus().getConditions() != null)
                .flatMap(s -> s.getStatus().getConditions().stream())
                .filter(c -> c.getType().equals("ReplicaFailure"))
                .findFirst()
                .map(c -> new DeploymentConditionBuilder()
                        .withType("ReplicaFailure")
                        .withStatus(c.getStatus())
                        .withReason(c.getReason())
                        .withMessage(c.getMessage())
                        .withLastTransitionTime(c.getLastTransitionTime())
                        .withLastUpdateTime(c.getLastTransitionTime())
                        .build());
    }

    /** The condition that pausing or resuming calls for, if it is not there yet. */
    static Optional<DeploymentCondition> pauseCondition(Deployment deployment, Instant now) {
        var progress = condition(statusOf(deployment), PROGRESSING);
        if (!hasDeadline(deployment)
                || progress.filter(c -> "ProgressDeadlineExceeded".equals(c.getReason()))
                        .isPresent()) {
            return Optional.empty();
        }
        boolean said =
                progress.filter(c -> "DeploymentPaused".equals(c.getReason())).isPresent();
        boolean paused = Boolean.TRUE.equals(deployment.getSpec().getPaused());
        if (paused && !said) {
            return Optional.of(condition(PROGRESSING, "Unknown", "DeploymentPaused", "Deployment is paused", now));
        }
        return !paused && said
                ? Optional.of(condition(PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", now))
                : Optional.empty();
    }

    static DeploymentCondition condition(String type, String status, String reason, String message, Instant now) {
        return new DeploymentConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastUpdateTime(Timestamps.seconds(now))
                .withLastTransitionTime(Timestamps.seconds(now))
                .build();
    }

    /** A condition of the same status and reason stays as it is; one of the same status keeps its transition time. */
    static void set(DeploymentStatus status, DeploymentCondition condition) {
        var before = condition(status, condition.getType());
        if (before.isPresent() && Objects.equals(before.get().getStatus(), condition.getStatus())) {
            if (Objects.equals(before.get().getReason(), condition.getReason())) {
                return;
            }
            condition.setLastTransitionTime(before.get().getLastTransitionTime());
        }
        remove(status, condition.getType());
        status.getConditions().add(condition);
    }

    private static void remove(DeploymentStatus status, String type) {
        status.getConditions().removeIf(c -> c.getType().equals(type));
    }
}
