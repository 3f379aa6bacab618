package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of a node or a pod changed that scheduling looks at, by upstream's names of such actions (source:
 * pkg/scheduler/framework/events.go, NodeSchedulingPropertiesChange, PodSchedulingPropertiesChange).
 */
final class Changed {
    private Changed() {}

    /** Empty if no pod can care. */
    static List<String> of(Node before, Node now) {
        var actions = new ArrayList<String>(2);
        if (taints(before, now)) {
            actions.add("UpdateNodeTaint");
        }
        if (allocatable(before, now)) {
            actions.add("UpdateNodeAllocatable");
        }
        if (labels(before, now)) {
            actions.add("UpdateNodeLabel");
        }
        if (!conditions(before).equals(conditions(now))) {
            actions.add("UpdateNodeCondition");
        }
        if (!orEmpty(before.getMetadata().getAnnotations())
                .equals(orEmpty(now.getMetadata().getAnnotations()))) {
            actions.add("UpdateNodeAnnotation");
        }
        if (declaredFeatures(before, now)) {
            actions.add("UpdateNodeDeclaredFeature");
        }
        return actions;
    }

    /** {@code Update} alone if it is nothing in particular. */
    static List<String> of(Pod before, Pod now) {
        var actions = new ArrayList<String>(2);
        if (labels(before, now)) {
            actions.add("UpdatePodLabel");
        }
        if (PodRequests.exact(now).lessInAny(PodRequests.exact(before))) {
            actions.add("UpdatePodScaleDown");
        }
        if (gatesOpened(before, now)) {
            actions.add("UpdatePodSchedulingGatesEliminated");
        }
        if (tolerations(before, now)) {
            actions.add("UpdatePodToleration");
        }
        if (generatedClaims(before, now)) {
            actions.add("UpdatePodGeneratedResourceClaim");
        }
        return actions.isEmpty() ? List.of("Update") : actions;
    }

    static boolean labels(HasMetadata before, HasMetadata now) {
        return !orEmpty(before.getMetadata().getLabels())
                .equals(orEmpty(now.getMetadata().getLabels()));
    }

    static boolean taints(Node before, Node now) {
        return cordoned(before) && !cordoned(now) || !taints(before).equals(taints(now));
    }

    static boolean allocatable(Node before, Node now) {
        return !allocatable(before).equals(allocatable(now));
    }

    private static Map<String, Quantity> allocatable(Node node) {
        return node.getStatus() == null || node.getStatus().getAllocatable() == null
                ? Map.of()
                : node.getStatus().getAllocatable();
    }

    static boolean declaredFeatures(Node before, Node now) {
        return !declared(before).equals(declared(now));
    }

    static boolean gatesOpened(Pod before, Pod now) {
        return !orEmpty(before.getSpec().getSchedulingGates()).isEmpty()
                && orEmpty(now.getSpec().getSchedulingGates()).isEmpty();
    }

    /** They can be added alone. */
    static boolean tolerations(Pod before, Pod now) {
        return orEmpty(before.getSpec().getTolerations()).size()
                != orEmpty(now.getSpec().getTolerations()).size();
    }

    static boolean generatedClaims(Pod before, Pod now) {
        return !claims(before).equals(claims(now));
    }

    private static List<Object> claims(Pod pod) {
        var status = pod.getStatus();
        return status == null
                ? List.of()
                : List.of(
                        orEmpty(status.getResourceClaimStatuses()),
                        status.getExtendedResourceClaimStatus() == null ? "" : status.getExtendedResourceClaimStatus());
    }

    private static boolean cordoned(Node node) {
        return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    }

    private static List<Taint> taints(Node node) {
        return node.getSpec() == null ? List.of() : orEmpty(node.getSpec().getTaints());
    }

    private static List<String> declared(Node node) {
        return node.getStatus() == null ? List.of() : orEmpty(node.getStatus().getDeclaredFeatures());
    }

    private static Map<String, String> conditions(Node node) {
        var conditions = new HashMap<String, String>();
        if (node.getStatus() != null) {
            for (NodeCondition condition : orEmpty(node.getStatus().getConditions())) {
                conditions.put(condition.getType(), condition.getStatus());
            }
        }
        return conditions;
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}
