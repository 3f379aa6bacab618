package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** A change of the cluster that may make room for a pod that waits. */
public sealed interface ClusterEvent {
    /** As metrics name it, such as {@code NodeAdd}. */
    default String name() {
        return switch (this) {
            case PodAssigned _ -> "AssignedPodAdd";
            case AssignedPodChanged _ -> "AssignedPodUpdate";
            case PodRemoved _ -> "AssignedPodDelete";
            case PodChanged _ -> "UnschedulablePodUpdate";
            case NodeAdded _ -> "NodeAdd";
            case NodeChanged _ -> "NodeUpdate";
            case NodeRemoved _ -> "NodeDelete";
            case ObjectChanged(var before, var now) -> now.getKind() + (before.isEmpty() ? "Add" : "Update");
            case NamespaceChanged _ -> "NamespaceUpdate";
        };
    }

    /** A pod got its node. */
    record PodAssigned(PodInfo pod) implements ClusterEvent {}

    /** A pod on a node changed. */
    record AssignedPodChanged(PodInfo before, PodInfo now) implements ClusterEvent {}

    /**
     * A pod left its node, what was assumed of it was taken back, or the room that was kept for it is free.
     *
     * @param node as it was then, without the pod; empty if it is not known
     */
    record PodRemoved(PodInfo pod, Optional<NodeInfo> node) implements ClusterEvent {}

    /** The waiting pod itself changed. */
    record PodChanged(Pod before, Pod now) implements ClusterEvent {}

    record NodeAdded(Node node) implements ClusterEvent {}

    record NodeChanged(Node before, Node now) implements ClusterEvent {}

    record NodeRemoved(Node node) implements ClusterEvent {}

    /** An object that a plugin watches came or changed. */
    record ObjectChanged(Optional<HasMetadata> before, HasMetadata now) implements ClusterEvent {
        /** Whether it is of that type. */
        public boolean of(Class<? extends HasMetadata> type) {
            return type.isInstance(now);
        }
    }

    /** The labels of a namespace changed. */
    record NamespaceChanged(String namespace) implements ClusterEvent {}
}
