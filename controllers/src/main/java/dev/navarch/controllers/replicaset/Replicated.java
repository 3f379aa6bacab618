package dev.navarch.controllers.replicaset;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.ReplicationControllerBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerCondition;
import io.fabric8.kubernetes.api.model.ReplicationControllerConditionBuilder;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatus;
import io.fabric8.kubernetes.api.model.ReplicationControllerStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetConditionBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatusBuilder;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A kind of objects that keep a number of pods, seen as ReplicaSets. source: kubernetes
 * pkg/controller/replication/conversion.go.
 *
 * @param view the object as a ReplicaSet of its own kind and identity
 * @param reported the object with another status; the same object if the status says nothing new
 */
record Replicated<T extends HasMetadata>(
        Class<T> type, String kind, Function<T, ReplicaSet> view, BiFunction<T, ReplicaSetStatus, T> reported) {

    static final Replicated<ReplicaSet> SETS = new Replicated<>(
            ReplicaSet.class,
            "ReplicaSet",
            set -> set,
            (set, status) -> status.equals(set.getStatus())
                    ? set
                    : new ReplicaSetBuilder(set).withStatus(status).build());

    static final Replicated<ReplicationController> CONTROLLERS = new Replicated<>(
            ReplicationController.class, "ReplicationController", Replicated::set, Replicated::controller);

    private static ReplicaSet set(ReplicationController controller) {
        var spec = controller.getSpec();
        return new ReplicaSetBuilder()
                .withApiVersion(controller.getApiVersion())
                .withKind(controller.getKind())
                .withMetadata(controller.getMetadata())
                .withNewSpec()
                .withReplicas(spec.getReplicas())
                .withMinReadySeconds(spec.getMinReadySeconds())
                .withNewSelector()
                .withMatchLabels(spec.getSelector())
                .endSelector()
                .withTemplate(spec.getTemplate())
                .endSpec()
                .withStatus(controller.getStatus() == null ? null : status(controller.getStatus()))
                .build();
    }

    /** What the controller goes by of an earlier status. */
    private static ReplicaSetStatus status(ReplicationControllerStatus status) {
        return new ReplicaSetStatusBuilder()
                .withConditions(status.getConditions().stream()
                        .map(Replicated::condition)
                        .toList())
                .build();
    }

    private static ReplicaSetCondition condition(ReplicationControllerCondition condition) {
        return new ReplicaSetConditionBuilder()
                .withType(condition.getType())
                .withStatus(condition.getStatus())
                .withReason(condition.getReason())
                .withMessage(condition.getMessage())
                .withLastTransitionTime(condition.getLastTransitionTime())
                .build();
    }

    private static ReplicationController controller(ReplicationController controller, ReplicaSetStatus status) {
        List<ReplicationControllerCondition> conditions = status.getConditions().stream()
                .map(c -> new ReplicationControllerConditionBuilder()
                        .withType(c.getType())
                        .withStatus(c.getStatus())
                        .withReason(c.getReason())
                        .withMessage(c.getMessage())
                        .withLastTransitionTime(c.getLastTransitionTime())
                        .build())
                .toList();
        var now = new ReplicationControllerStatusBuilder()
                .withReplicas(status.getReplicas())
                .withFullyLabeledReplicas(status.getFullyLabeledReplicas())
                .withReadyReplicas(status.getReadyReplicas())
                .withAvailableReplicas(status.getAvailableReplicas())
                .withObservedGeneration(status.getObservedGeneration())
                .withConditions(conditions)
                .build();
        return Objects.equals(now, controller.getStatus())
                ? controller
                : new ReplicationControllerBuilder(controller).withStatus(now).build();
    }
}
