package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.AffinityTerms.Term;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The pod's rules on the pods beside it, and theirs on it (source: plugins/interpodaffinity). "Beside" is a topology:
 * nodes that have the same value of a label.
 */
public final class InterPodAffinity
        implements Plugin.PreFilter, Plugin.Filter, Plugin.TrialAware, Plugin.PreScore, Plugin.Score {
    private static final Status AFFINITY = Status.unresolvable("node(s) didn't match pod affinity rules");
    private static final Status ANTI_AFFINITY = Status.unschedulable("node(s) didn't match pod anti-affinity rules");
    private static final Status EXISTING =
            Status.unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

    /** How much a required rule of another pod counts when nodes are compared. */
    private static final int HARD_WEIGHT = 1;

    @Override
    public String name() {
        return "InterPodAffinity";
    }

    /** A label with one of its values. */
    private record Topology(String key, String value) {}

    /** How many pods there are in topologies: of those that the pod must be with, and those either may not be with. */
    private static final class Counts {
        private final Function<String, Map<String, String>> namespaces;
        private final Map<Topology, Integer> with = new HashMap<>();
        private final Map<Topology, Integer> without = new HashMap<>();
        private final Map<Topology, Integer> unwanting = new HashMap<>();

        Counts(Function<String, Map<String, String>> namespaces) {
            this.namespaces = namespaces;
        }

        Counts(Counts other) {
            namespaces = other.namespaces;
            with.putAll(other.with);
            without.putAll(other.without);
            unwanting.putAll(other.unwanting);
        }

        void count(PodInfo pod, PodInfo other, NodeInfo node, int step) {
            countUnwanting(pod, other, node, step);
            var required = pod.affinity().required();
            if (!required.isEmpty() && required.stream().allMatch(term -> term.matches(other, namespaces))) {
                required.forEach(term -> add(with, term, node, step));
            }
            for (var term : pod.affinity().requiredAnti()) {
                if (term.matches(other, namespaces)) {
                    add(without, term, node, step);
                }
            }
        }

        void countUnwanting(PodInfo pod, PodInfo other, NodeInfo node, int step) {
            for (var term : other.affinity().requiredAnti()) {
                if (term.matches(pod, namespaces)) {
                    add(unwanting, term, node, step);
                }
            }
        }

        private static void add(Map<Topology, Integer> counts, Term term, NodeInfo node, int step) {
            var value = node.labels().get(term.topologyKey());
            if (value != null) {
                counts.merge(new Topology(term.topologyKey(), value), step, InterPodAffinity::sum);
            }
        }
    }

    /** Null, which takes the entry out, if nothing is left. */
    private static @Nullable Integer sum(int one, int other) {
        return one + other == 0 ? null : Integer.valueOf(one + other);
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var counts = new Counts(snapshot::namespaceLabels);
        boolean rules = !pod.affinity().required().isEmpty()
                || !pod.affinity().requiredAnti().isEmpty();
        var nodes = rules ? snapshot.nodes() : snapshot.nodesWithRequiredAntiAffinity();
        for (var node : nodes) {
            for (var other : node.pods()) {
                if (rules) {
                    counts.count(pod, other, node, 1);
                } else {
                    counts.countUnwanting(pod, other, node, 1);
                }
            }
        }
        state.put(this, counts);
        return rules || !counts.unwanting.isEmpty() ? Result.ALL : Result.SKIP;
    }

    private Counts counts(CycleState state) {
        return state.get(this, Counts.class);
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var counts = counts(state);
        if (!satisfiesAffinity(counts, pod, node)) {
            return AFFINITY;
        }
        for (var term : pod.affinity().requiredAnti()) {
            if (has(counts.without, term, node)) {
                return ANTI_AFFINITY;
            }
        }
        if (!counts.unwanting.isEmpty()) {
            for (var label : node.labels().entrySet()) {
                if (counts.unwanting.containsKey(new Topology(label.getKey(), label.getValue()))) {
                    return EXISTING;
                }
            }
        }
        return Status.SUCCESS;
    }

    /** The first pod of a group that wants to be together may go anywhere. */
    private static boolean satisfiesAffinity(Counts counts, PodInfo pod, NodeInfo node) {
        boolean together = true;
        for (var term : pod.affinity().required()) {
            if (!node.labels().containsKey(term.topologyKey())) {
                return false;
            }
            together &= has(counts.with, term, node);
        }
        return together
                || counts.with.isEmpty()
                        && pod.affinity().required().stream().allMatch(term -> term.matches(pod, counts.namespaces));
    }

    private static boolean has(Map<Topology, Integer> counts, Term term, NodeInfo node) {
        var value = node.labels().get(term.topologyKey());
        return value != null && counts.containsKey(new Topology(term.topologyKey(), value));
    }

    @Override
    public void copyState(CycleState from, CycleState to) {
        to.put(this, new Counts(counts(from)));
    }

    @Override
    public void added(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        counts(state).count(pod, other, node, 1);
    }

    @Override
    public void removed(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        counts(state).count(pod, other, node, -1);
    }

    // Scores

    /** How much pods and topologies like each other, by label and its value. */
    private record Liking(Map<String, Map<String, Long>> byKey) {}

    private final Plugin scoreState = () -> "InterPodAffinity score";

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        boolean wishes = !pod.affinity().preferred().isEmpty()
                || !pod.affinity().preferredAnti().isEmpty();
        var liking = new Liking(new HashMap<>());
        for (var node : wishes ? snapshot.nodes() : snapshot.nodesWithPodAffinity()) {
            for (var other : node.pods()) {
                if (wishes || !other.affinity().isEmpty()) {
                    like(liking, pod, other, node, snapshot);
                }
            }
        }
        state.put(scoreState, liking);
        return liking.byKey().isEmpty() ? Status.SKIP : Status.SUCCESS;
    }

    private static void like(Liking liking, PodInfo pod, PodInfo other, NodeInfo node, Snapshot snapshot) {
        weigh(liking, pod.affinity().preferred(), other, node, 1, snapshot);
        weigh(liking, pod.affinity().preferredAnti(), other, node, -1, snapshot);
        weigh(liking, other.affinity().required(), pod, node, 1, snapshot);
        weigh(liking, other.affinity().preferred(), pod, node, 1, snapshot);
        weigh(liking, other.affinity().preferredAnti(), pod, node, -1, snapshot);
    }

    private static void weigh(Liking liking, List<Term> terms, PodInfo of, NodeInfo node, int sign, Snapshot snapshot) {
        for (var term : terms) {
            var value = node.labels().get(term.topologyKey());
            if (value != null && term.matches(of, snapshot::namespaceLabels)) {
                long weight = term.weight() == 0 ? HARD_WEIGHT : term.weight();
                liking.byKey()
                        .computeIfAbsent(term.topologyKey(), _ -> new HashMap<>())
                        .merge(value, sign * weight, Long::sum);
            }
        }
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        long score = 0;
        for (var liked : state.get(scoreState, Liking.class).byKey().entrySet()) {
            var value = node.labels().get(liked.getKey());
            score += value == null ? 0 : liked.getValue().getOrDefault(value, 0L);
        }
        return score;
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        long least = Long.MAX_VALUE;
        long most = Long.MIN_VALUE;
        for (long score : scores) {
            least = Math.min(least, score);
            most = Math.max(most, score);
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] = most == least ? 0 : (long) ((double) MAX * (scores[i] - least) / (most - least));
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned assigned -> true;
            case ClusterEvent.PodRemoved removed -> true;
            case ClusterEvent.AssignedPodChanged(var before, var now) ->
                !before.labels().equals(now.labels());
            case ClusterEvent.PodChanged changed -> true;
            case ClusterEvent.NodeAdded added -> true;
            case ClusterEvent.NodeChanged(var before, var now) ->
                !new NodeInfo(before).labels().equals(new NodeInfo(now).labels());
            case ClusterEvent.NodeRemoved other -> false;
            case ClusterEvent.NamespaceChanged changed -> true;
        };
    }

    /** A new pod may be the one to be with; one that left may be the one not to be with. */
    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned(var other) ->
                anyTermMatches(pod.affinity().required(), other);
            case ClusterEvent.PodRemoved(var other) ->
                anyTermMatches(pod.affinity().requiredAnti(), other)
                        || anyTermMatches(other.affinity().requiredAnti(), pod);
            default -> true;
        };
    }

    /** Namespaces' labels are not looked at here: a term that selects by them matches in any. */
    private static boolean anyTermMatches(List<Term> terms, PodInfo other) {
        return terms.stream()
                .anyMatch(term -> (!term.namespaceSelector().matchesNothing()
                                || term.namespaces().contains(other.namespace()))
                        && term.selector().matches(other.labels()));
    }
}
