package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.Selectors;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A topology spread constraint of a pod, read.
 *
 * @param own the pod's labels that others must have too, of {@code matchLabelKeys}
 * @param minDomains 1 if not given
 */
record SpreadConstraint(
        String topologyKey,
        LabelSelector selector,
        Map<String, String> own,
        int maxSkew,
        int minDomains,
        boolean honorsAffinity,
        boolean honorsTaints) {

    static List<SpreadConstraint> of(PodInfo pod, String whenUnsatisfiable) {
        var constraints = pod.pod().getSpec().getTopologySpreadConstraints();
        return constraints == null
                ? List.of()
                : constraints.stream()
                        .filter(constraint -> whenUnsatisfiable.equals(constraint.getWhenUnsatisfiable()))
                        .map(constraint -> of(pod, constraint))
                        .toList();
    }

    private static SpreadConstraint of(PodInfo pod, TopologySpreadConstraint constraint) {
        LabelSelector selector;
        try {
            selector = Selectors.of(constraint.getLabelSelector());
        } catch (SelectorException e) {
            selector = LabelSelector.nothing();
        }
        Map<String, String> own = new HashMap<>();
        if (constraint.getMatchLabelKeys() != null) {
            for (var key : constraint.getMatchLabelKeys()) {
                var value = pod.labels().get(key);
                if (value != null) {
                    own.put(key, value);
                }
            }
        }
        return new SpreadConstraint(
                constraint.getTopologyKey(),
                selector,
                own,
                constraint.getMaxSkew() == null ? 1 : constraint.getMaxSkew(),
                constraint.getMinDomains() == null ? 1 : constraint.getMinDomains(),
                !"Ignore".equals(constraint.getNodeAffinityPolicy()),
                "Honor".equals(constraint.getNodeTaintsPolicy()));
    }

    /** Whether the other pod is one of those to be spread. */
    boolean counts(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace()) && !other.terminating() && matches(other);
    }

    boolean matches(PodInfo other) {
        return selector.matches(other.labels()) && other.labels().entrySet().containsAll(own.entrySet());
    }

    int count(PodInfo pod, NodeInfo node) {
        int count = 0;
        for (var other : node.pods()) {
            if (counts(pod, other)) {
                count++;
            }
        }
        return count;
    }

    /** Whether the node is one of those over which pods are spread. */
    boolean includes(PodInfo pod, NodeInfo node) {
        return (!honorsAffinity || NodeSelectors.required(pod.pod(), node.name(), node.labels()))
                && (!honorsTaints
                        || node.taints().stream()
                                .filter(Tolerations::repels)
                                .allMatch(taint ->
                                        Tolerations.tolerate(pod.pod().getSpec().getTolerations(), taint)));
    }
}
