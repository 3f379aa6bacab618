package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;

/** A change of the cluster that may make room for a pod that waits. */
public sealed interface ClusterEvent {
    /** A pod got its node. */
    record PodAssigned(PodInfo pod) implements ClusterEvent {}

    /** A pod on a node changed. */
    record AssignedPodChanged(PodInfo before, PodInfo now) implements ClusterEvent {}

    /** A pod left its node, or what was assumed of it was taken back. */
    record PodRemoved(PodInfo pod) implements ClusterEvent {}

    /** The waiting pod itself changed. */
    record PodChanged(Pod before, Pod now) implements ClusterEvent {}

    record NodeAdded(Node node) implements ClusterEvent {}

    record NodeChanged(Node before, Node now) implements ClusterEvent {}

    record NodeRemoved(Node node) implements ClusterEvent {}

    /** The labels of a namespace changed. */
    record NamespaceChanged(String namespace) implements ClusterEvent {}
}
