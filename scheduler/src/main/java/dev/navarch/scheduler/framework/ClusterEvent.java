package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;

/** A change of the cluster that may make room for a pod that waits. */
public sealed interface ClusterEvent {
    /**
     * As metrics name it, such as {@code NodeAdd}; of several things that changed, the first in upstream's order (source:
     * kube-scheduler framework, types.go, ClusterEvent.Label).
     */
    default String name() {
        return switch (this) {
            case PodAssigned _ -> "AssignedPodAdd";
            case AssignedPodChanged(var before, var now) ->
                "AssignedPod" + Changed.of(before.pod(), now.pod()).getFirst();
            case PodRemoved _ -> "AssignedPodDelete";
            case PodChanged(var before, var now) ->
                "UnschedulablePod" + Changed.of(before, now).getFirst();
            case NodeAdded _ -> "NodeAdd";
            case NodeChanged(var before, var now) ->
                "Node" + Changed.of(before, now).stream().findFirst().orElse("Update");
            case NodeRemoved _ -> "NodeDelete";
            case ObjectChanged(var before, var now) -> resource(now) + (before.isEmpty() ? "Add" : "Update");
            case ObjectRemoved(var last) -> resource(last) + "Delete";
            case NamespaceChanged _ -> "NamespaceUpdate";
        };
    }

    /** Types that upstream knows have short names. */
    private static String resource(HasMetadata object) {
        var version = object.getApiVersion();
        int slash = version.indexOf('/');
        var group = slash < 0 ? "" : version.substring(0, slash);
        return switch (group) {
            case "" -> object.getKind();
            case "storage.k8s.io", "resource.k8s.io" -> group + "/" + object.getKind();
            default -> object.getPlural() + "." + version.substring(slash + 1) + "." + group;
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
    record PodChanged(Pod before, Pod now) implements ClusterEvent {
        /** Whether its labels are others. */
        public boolean labels() {
            return Changed.labels(before, now);
        }

        /** Whether its last scheduling gate was taken off. */
        public boolean gatesOpened() {
            return Changed.gatesOpened(before, now);
        }

        /** Whether it has further tolerations. */
        public boolean tolerations() {
            return Changed.tolerations(before, now);
        }

        /** Whether its status names other claims that were made for it. */
        public boolean generatedClaims() {
            return Changed.generatedClaims(before, now);
        }
    }

    record NodeAdded(Node node) implements ClusterEvent {}

    record NodeChanged(Node before, Node now) implements ClusterEvent {
        /** Whether any pod can care. */
        public boolean matters() {
            return !Changed.of(before, now).isEmpty();
        }

        /** Whether its labels are others. */
        public boolean labels() {
            return Changed.labels(before, now);
        }

        /** Whether its taints are others, or it is uncordoned. */
        public boolean taints() {
            return Changed.taints(before, now);
        }

        /** Whether it has more or less to give. */
        public boolean allocatable() {
            return Changed.allocatable(before, now);
        }

        /** Whether it declares other features. */
        public boolean declaredFeatures() {
            return Changed.declaredFeatures(before, now);
        }
    }

    record NodeRemoved(Node node) implements ClusterEvent {}

    /** An object that a plugin watches came or changed. */
    record ObjectChanged(Optional<HasMetadata> before, HasMetadata now) implements ClusterEvent {
        /** Whether it is of that type. */
        public boolean of(Class<? extends HasMetadata> type) {
            return type.isInstance(now);
        }
    }

    /** An object that a plugin watches is gone. */
    record ObjectRemoved(HasMetadata last) implements ClusterEvent {}

    /** The labels of a namespace changed. */
    record NamespaceChanged(String namespace) implements ClusterEvent {}
}
