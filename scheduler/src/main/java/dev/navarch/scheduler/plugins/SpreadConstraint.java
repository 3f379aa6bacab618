package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Selectors;
import dev.navarch.client.Tolerations;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Tally;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A topology spread constraint of a pod, read.
 *
 * @param selectors all of which the pods to be spread match
 * @param own the pod's labels that others must have too, of {@code matchLabelKeys}
 * @param minDomains 1 if not given
 */
record SpreadConstraint(
        String topologyKey,
        List<LabelSelector> selectors,
        Map<String, String> own,
        int maxSkew,
        int minDomains,
        boolean honorsAffinity,
        boolean honorsTaints) {

    /** What {@code whenUnsatisfiable} may say. */
    static final String NOT = "DoNotSchedule";

    static final String ANYWAY = "ScheduleAnyway";

    static List<SpreadConstraint> of(PodInfo pod, String whenUnsatisfiable) {
        var constraints = pod.pod().getSpec().getTopologySpreadConstraints();
        return constraints == null
                ? List.of()
                : constraints.stream()
                        .filter(constraint -> whenUnsatisfiable.equals(constraint.getWhenUnsatisfiable()))
                        .map(constraint -> of(pod, constraint, List.of(selector(constraint))))
                        .toList();
    }

    /** Of a cluster's own defaults; the selectors are the pod's. */
    static List<SpreadConstraint> of(
            PodInfo pod,
            List<TopologySpreadConstraint> constraints,
            String whenUnsatisfiable,
            List<LabelSelector> selectors) {
        return constraints.stream()
                .filter(constraint -> whenUnsatisfiable.equals(constraint.getWhenUnsatisfiable()))
                .map(constraint -> of(pod, constraint, selectors))
                .toList();
    }

    private static LabelSelector selector(TopologySpreadConstraint constraint) {
        try {
            return Selectors.of(constraint.getLabelSelector());
        } catch (SelectorException e) {
            return LabelSelector.nothing();
        }
    }

    /** Those that upstream gives to pods without any (source: podtopologyspread/plugin.go, systemDefaultConstraints). */
    static List<SpreadConstraint> defaults(List<LabelSelector> selectors) {
        return List.of(
                new SpreadConstraint("kubernetes.io/hostname", selectors, Map.of(), 3, 1, true, false),
                new SpreadConstraint("topology.kubernetes.io/zone", selectors, Map.of(), 5, 1, true, false));
    }

    private static SpreadConstraint of(
            PodInfo pod, TopologySpreadConstraint constraint, List<LabelSelector> selectors) {
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
                selectors,
                own,
                constraint.getMaxSkew() == null ? 1 : constraint.getMaxSkew(),
                constraint.getMinDomains() == null ? 1 : constraint.getMinDomains(),
                !"Ignore".equals(constraint.getNodeAffinityPolicy()),
                "Honor".equals(constraint.getNodeTaintsPolicy()));
    }

    /** Whether the other pod is one of those to be spread. */
    boolean counts(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace()) && !other.terminating() && matches(other.labels());
    }

    boolean matches(Map<String, String> labels) {
        for (var selector : selectors) {
            if (!selector.matches(labels)) {
                return false;
            }
        }
        return own.isEmpty() || labels.entrySet().containsAll(own.entrySet());
    }

    /** Where those to be spread are. */
    List<Tally> tallies(PodInfo pod, Snapshot snapshot) {
        return snapshot.pods().live(pod.namespace(), this::matches);
    }

    /** Whether it can be told without looking that all nodes are included. */
    boolean includesAll(PodInfo pod) {
        var selector = pod.pod().getSpec().getNodeSelector();
        return !honorsTaints
                && (!honorsAffinity
                        || (selector == null || selector.isEmpty()) && NodeSelectors.requiredTerms(pod.pod()) == null);
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
