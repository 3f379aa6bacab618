package dev.navarch.controllers.nodelifecycle;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The conditions of a node that fell silent. source: kubernetes pkg/controller/nodelifecycle (tryUpdateNodeHealth). */
final class NodePlan {
    private static final List<String> TYPES = List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

    private NodePlan() {}

    static List<NodeCondition> conditions(Node node) {
        return node.getStatus() == null || node.getStatus().getConditions() == null
                ? List.of()
                : node.getStatus().getConditions();
    }

    static Optional<NodeCondition> ready(Node node) {
        return conditions(node).stream()
                .filter(c -> c.getType().equals("Ready"))
                .findFirst();
    }

    /** The labels that a node lacks, or has with other values than the labels that took their place. */
    static Map<String, String> betaLabels(Node node) {
        var labels = node.getMetadata().getLabels();
        Map<String, String> missing = new TreeMap<>();
        if (labels != null) {
            for (var name : List.of("kubernetes.io/arch", "kubernetes.io/os")) {
                var value = labels.get(name);
                if (value != null && !value.equals(labels.get("beta." + name))) {
                    missing.put("beta." + name, value);
                }
            }
        }
        return missing;
    }

    /** What the kubelet reports becomes unknown; the rest stays. Empty if it is so already. */
    static Optional<List<NodeCondition>> silent(Node node, Instant now) {
        List<NodeCondition> next = new ArrayList<>(conditions(node));
        boolean changed = false;
        for (var type : TYPES) {
            int at = -1;
            for (int i = 0; i < next.size(); i++) {
                if (next.get(i).getType().equals(type)) {
                    at = i;
                }
            }
            if (at < 0) {
                next.add(new NodeConditionBuilder()
                        .withType(type)
                        .withStatus("Unknown")
                        .withReason("NodeStatusNeverUpdated")
                        .withMessage("Kubelet never posted node status.")
                        .withLastHeartbeatTime(node.getMetadata().getCreationTimestamp())
                        .withLastTransitionTime(Timestamps.seconds(now))
                        .build());
                changed = true;
            } else if (!"Unknown".equals(next.get(at).getStatus())) {
                next.set(
                        at,
                        new NodeConditionBuilder(next.get(at))
                                .withStatus("Unknown")
                                .withReason("NodeStatusUnknown")
                                .withMessage("Kubelet stopped posting node status.")
                                .withLastTransitionTime(Timestamps.seconds(now))
                                .build());
                changed = true;
            }
        }
        return changed ? Optional.of(next) : Optional.empty();
    }
}
