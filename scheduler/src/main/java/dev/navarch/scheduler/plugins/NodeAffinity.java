package dev.navarch.scheduler.plugins;

import dev.navarch.client.NodeSelectors;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.PreferredSchedulingTerm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The pod's node selector and node affinity (source: plugins/nodeaffinity). */
public final class NodeAffinity
        implements Plugin.PreFilter, Plugin.Filter, Plugin.PreScore, Plugin.Score, Plugin.NodeLocal {
    private static final Status OTHER = Status.unresolvable("node(s) didn't match Pod's node affinity/selector");
    private static final Status ENFORCED = Status.unresolvable("node(s) didn't match scheduler-enforced node affinity");
    private static final Status CONFLICT = Status.unresolvable("pod affinity terms conflict");

    private final Optional<io.fabric8.kubernetes.api.model.NodeAffinity> added;

    public NodeAffinity() {
        this(Optional.empty());
    }

    /** @param added what all pods of the profile have beside their own */
    NodeAffinity(Optional<io.fabric8.kubernetes.api.model.NodeAffinity> added) {
        this.added = added;
    }

    @Override
    public String name() {
        return "NodeAffinity";
    }

    private Optional<List<NodeSelectorTerm>> enforced() {
        return added.map(
                        io.fabric8.kubernetes.api.model.NodeAffinity::getRequiredDuringSchedulingIgnoredDuringExecution)
                .map(NodeSelector::getNodeSelectorTerms);
    }

    private record Signature(
            @Nullable Map<String, String> selector, io.fabric8.kubernetes.api.model.@Nullable NodeAffinity affinity) {}

    @Override
    public Object signature(PodInfo pod) {
        var spec = pod.pod().getSpec();
        return new Signature(
                spec.getNodeSelector(),
                spec.getAffinity() == null ? null : spec.getAffinity().getNodeAffinity());
    }

    /** Where every term names nodes, as those of daemon pods do, only these are looked at. */
    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var selector = pod.pod().getSpec().getNodeSelector();
        var terms = NodeSelectors.requiredTerms(pod.pod());
        if (terms == null) {
            return (selector == null || selector.isEmpty()) && enforced().isEmpty() ? Result.SKIP : Result.ALL;
        }
        Set<String> names = new HashSet<>();
        for (var term : terms) {
            var named = named(term);
            if (named.isEmpty()) {
                return Result.ALL;
            }
            names.addAll(named.get());
        }
        return names.isEmpty() ? Result.of(CONFLICT) : new Result(Status.SUCCESS, Optional.of(names));
    }

    private static Optional<Set<String>> named(NodeSelectorTerm term) {
        Optional<Set<String>> names = Optional.empty();
        for (var field : NodeSelectors.orEmpty(term.getMatchFields())) {
            if ("metadata.name".equals(field.getKey()) && "In".equals(field.getOperator())) {
                var these = new HashSet<>(field.getValues() == null ? List.of() : field.getValues());
                names.ifPresent(these::retainAll);
                names = Optional.of(these);
            }
        }
        return names;
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var enforced = enforced();
        if (enforced.isPresent()
                && enforced.get().stream().noneMatch(term -> NodeSelectors.matches(term, node.name(), node.labels()))) {
            return ENFORCED;
        }
        return NodeSelectors.required(pod.pod(), node.name(), node.labels()) ? Status.SUCCESS : OTHER;
    }

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        return preferred(pod).isEmpty() ? Status.SKIP : Status.SUCCESS;
    }

    private List<PreferredSchedulingTerm> preferred(PodInfo pod) {
        var affinity = pod.pod().getSpec().getAffinity();
        var own = preferred(affinity == null ? null : affinity.getNodeAffinity());
        if (added.isEmpty()) {
            return own;
        }
        var all = new ArrayList<>(own);
        all.addAll(preferred(added.get()));
        return all;
    }

    private static List<PreferredSchedulingTerm> preferred(
            io.fabric8.kubernetes.api.model.@Nullable NodeAffinity affinity) {
        var terms = affinity == null ? null : affinity.getPreferredDuringSchedulingIgnoredDuringExecution();
        return terms == null ? List.of() : terms;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        long score = 0;
        for (var term : preferred(pod)) {
            if (term.getWeight() != null
                    && term.getPreference() != null
                    && NodeSelectors.matches(term.getPreference(), node.name(), node.labels())) {
                score += term.getWeight();
            }
        }
        return score;
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        Scores.moreIsBetter(scores);
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.NodeAdded
                || event instanceof ClusterEvent.NodeChanged changed && changed.labels();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded added -> matches(pod, added.node());
            case ClusterEvent.NodeChanged changed -> matches(pod, changed.now()) && !matches(pod, changed.before());
            default -> false;
        };
    }

    private static boolean matches(PodInfo pod, Node node) {
        return NodeSelectors.required(pod.pod(), node.getMetadata().getName(), labels(node));
    }

    private static Map<String, String> labels(Node node) {
        var labels = node.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }
}
