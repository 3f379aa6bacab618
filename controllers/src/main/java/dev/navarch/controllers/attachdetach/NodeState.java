package dev.navarch.controllers.attachdetach;

import io.fabric8.kubernetes.api.model.AttachedVolume;
import io.fabric8.kubernetes.api.model.Node;
import java.util.List;
import java.util.Objects;

/** What a node says of its volumes and of itself. */
final class NodeState {
    private NodeState() {}

    static List<String> inUse(Node node) {
        return node.getStatus() == null || node.getStatus().getVolumesInUse() == null
                ? List.of()
                : node.getStatus().getVolumesInUse();
    }

    static List<AttachedVolume> attached(Node node) {
        return node.getStatus() == null || node.getStatus().getVolumesAttached() == null
                ? List.of()
                : node.getStatus().getVolumesAttached();
    }

    static boolean isOutOfService(Node node) {
        return node.getSpec() != null
                && node.getSpec().getTaints() != null
                && node.getSpec().getTaints().stream()
                        .anyMatch(t -> t.getKey().equals("node.kubernetes.io/out-of-service"));
    }

    static boolean isHealthy(Node node) {
        return node.getStatus() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    /** Whether anything that decides about volumes differs. */
    static boolean differ(Node before, Node now) {
        return !inUse(before).equals(inUse(now))
                || !attached(before).equals(attached(now))
                || isOutOfService(before) != isOutOfService(now)
                || isHealthy(before) != isHealthy(now)
                || !Objects.equals(
                        before.getMetadata().getAnnotations(), now.getMetadata().getAnnotations());
    }
}
