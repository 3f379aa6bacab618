package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Selectors;
import dev.navarch.client.Tolerations;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodGroups;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Tally;
import dev.navarch.scheduler.framework.Topologies;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

    /**
     * The pods to be spread.
     *
     * @param on the nodes that count; null for all
     */
    private record Spread(
            String namespace,
            List<LabelSelector> selectors,
            Map<String, String> own,
            @Nullable Included on,
            SpreadConstraint constraint)
            implements PodGroups.Question {
        @Override
        public Set<String> namespaces() {
            return Set.of(namespace);
        }

        @Override
        public boolean matches(String of, Map<String, String> labels) {
            return constraint.matches(labels);
        }

        @Override
        public boolean living() {
            return true;
        }

        @Override
        public boolean on(NodeInfo node) {
            return on == null || on.test(node);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Spread that
                    && namespace.equals(that.namespace)
                    && selectors.equals(that.selectors)
                    && own.equals(that.own)
                    && Objects.equals(on, that.on);
        }

        @Override
        public int hashCode() {
            return Objects.hash(namespace, selectors, own, on);
        }
    }

    /** Where those to be spread are, on all nodes or on those that count. */
    List<Tally> tallies(PodInfo pod, Snapshot snapshot, @Nullable Included on) {
        return snapshot.pods().where(new Spread(pod.namespace(), selectors, own, on, this));
    }

    /**
     * The nodes over which pods are spread: of what the constraint looks at, equal for pods alike.
     *
     * @param keys labels that they have
     */
    private record Nodes(
            List<String> keys, Optional<Object> selector, Optional<Object> terms, Optional<Object> tolerations) {}

    /** Those nodes. */
    static final class Included implements Topologies.NodeSet {
        private final Nodes nodes;
        private final SpreadConstraint constraint;
        private final PodInfo pod;

        private Included(Nodes nodes, SpreadConstraint constraint, PodInfo pod) {
            this.nodes = nodes;
            this.constraint = constraint;
            this.pod = pod;
        }

        @Override
        public boolean test(NodeInfo node) {
            for (var key : nodes.keys) {
                if (!node.labels().containsKey(key)) {
                    return false;
                }
            }
            return constraint.includes(pod, node);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Included that && nodes.equals(that.nodes);
        }

        @Override
        public int hashCode() {
            return nodes.hashCode();
        }
    }

    /** @param keys labels without which a node does not count */
    Included included(PodInfo pod, List<String> keys) {
        var spec = pod.pod().getSpec();
        return new Included(
                new Nodes(
                        keys,
                        honorsAffinity ? Optional.ofNullable(spec.getNodeSelector()) : Optional.empty(),
                        honorsAffinity ? Optional.ofNullable(NodeSelectors.requiredTerms(pod.pod())) : Optional.empty(),
                        honorsTaints
                                ? Optional.of(Objects.requireNonNullElse(spec.getTolerations(), List.of()))
                                : Optional.empty()),
                this,
                pod);
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
