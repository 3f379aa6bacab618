package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.AffinityTerms.Term;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodGroups.Rule;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Tally;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

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

    private final int hardWeight;
    private final boolean ignoresWishesOfOthers;

    /** With upstream's defaults. */
    public InterPodAffinity() {
        this(1, false);
    }

    /**
     * @param hardWeight how much a required rule of another pod counts when nodes are compared
     * @param ignoresWishesOfOthers whether preferences of other pods count only for pods that have some too
     */
    public InterPodAffinity(int hardWeight, boolean ignoresWishesOfOthers) {
        this.hardWeight = hardWeight;
        this.ignoresWishesOfOthers = ignoresWishesOfOthers;
    }

    @Override
    public String name() {
        return "InterPodAffinity";
    }

    /** Pods in the topologies of one label: as the snapshot has them, and changed by way of trial. */
    private static final class Sum {
        private final String label;
        private final List<Map<String, Integer>> counts = new ArrayList<>();
        private final Map<String, Integer> trial = new HashMap<>();

        Sum(String label) {
            this.label = label;
        }

        Sum(Sum other) {
            this(other.label);
            counts.addAll(other.counts);
            trial.putAll(other.trial);
        }

        void include(Tally tally) {
            counts.add(tally.by(label));
        }

        void include(NodeInfo node, int step) {
            var value = node.labels().get(label);
            if (value != null) {
                trial.merge(value, step, Integer::sum);
            }
        }

        boolean anyIn(NodeInfo node) {
            var value = node.labels().get(label);
            if (value == null) {
                return false;
            }
            int sum = trial.isEmpty() ? 0 : trial.getOrDefault(value, 0);
            for (var count : counts) {
                sum += count.getOrDefault(value, 0);
            }
            return sum > 0;
        }

        boolean anywhere() {
            if (trial.isEmpty()) {
                return counts.stream().anyMatch(count -> !count.isEmpty());
            }
            var values = new HashSet<>(trial.keySet());
            counts.forEach(count -> values.addAll(count.keySet()));
            return values.stream()
                    .anyMatch(value -> trial.getOrDefault(value, 0)
                                    + counts.stream()
                                            .mapToInt(count -> count.getOrDefault(value, 0))
                                            .sum()
                            > 0);
        }
    }

    /**
     * Where the pods are that matter.
     *
     * @param with for each required term those that the pod must be with
     * @param without for each required term those that it may not be with
     * @param unwanting by label, those that may not be with it
     */
    private record Rules(
            List<Sum> with,
            List<Sum> without,
            Map<String, Sum> unwanting,
            Function<String, Map<String, String>> namespaces) {

        Rules copy() {
            var others = new HashMap<String, Sum>();
            unwanting.forEach((label, sum) -> others.put(label, new Sum(sum)));
            return new Rules(
                    with.stream().map(Sum::new).toList(),
                    without.stream().map(Sum::new).toList(),
                    others,
                    namespaces);
        }

        void count(PodInfo pod, PodInfo other, NodeInfo node, int step) {
            var required = pod.affinity().required();
            if (!required.isEmpty() && required.stream().allMatch(term -> term.matches(other, namespaces))) {
                with.forEach(sum -> sum.include(node, step));
            }
            for (int i = 0; i < without.size(); i++) {
                if (pod.affinity().requiredAnti().get(i).matches(other, namespaces)) {
                    without.get(i).include(node, step);
                }
            }
            for (var term : other.affinity().requiredAnti()) {
                if (term.matches(pod, namespaces)) {
                    unwanting.computeIfAbsent(term.topologyKey(), Sum::new).include(node, step);
                }
            }
        }
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        Function<String, Map<String, String>> namespaces = snapshot::namespaceLabels;
        var required = pod.affinity().required();
        var anti = pod.affinity().requiredAnti();
        var matching = snapshot.pods().matching(required, namespaces);
        var with = required.stream().map(term -> sum(term, matching)).toList();
        var without = anti.stream()
                .map(term -> sum(term, snapshot.pods().matching(List.of(term), namespaces)))
                .toList();
        var unwanting = new HashMap<String, Sum>();
        for (var ruled : snapshot.pods().on(pod, Rule.REQUIRED_ANTI, namespaces)) {
            var label = ruled.term().topologyKey();
            if (!ruled.pods().by(label).isEmpty()) {
                unwanting.computeIfAbsent(label, Sum::new).include(ruled.pods());
            }
        }
        state.put(this, new Rules(with, without, unwanting, namespaces));
        return required.isEmpty() && anti.isEmpty() && unwanting.isEmpty() ? Result.SKIP : Result.ALL;
    }

    private static Sum sum(Term term, List<Tally> tallies) {
        var sum = new Sum(term.topologyKey());
        tallies.forEach(sum::include);
        return sum;
    }

    private Rules rules(CycleState state) {
        return state.get(this, Rules.class);
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var rules = rules(state);
        if (!satisfiesAffinity(rules, pod, node)) {
            return AFFINITY;
        }
        for (var sum : rules.without) {
            if (sum.anyIn(node)) {
                return ANTI_AFFINITY;
            }
        }
        for (var sum : rules.unwanting.values()) {
            if (sum.anyIn(node)) {
                return EXISTING;
            }
        }
        return Status.SUCCESS;
    }

    /** The first pod of a group that wants to be together may go anywhere. */
    private static boolean satisfiesAffinity(Rules rules, PodInfo pod, NodeInfo node) {
        boolean together = true;
        for (var sum : rules.with) {
            if (!node.labels().containsKey(sum.label)) {
                return false;
            }
            together = together && sum.anyIn(node);
        }
        return together
                || rules.with.stream().noneMatch(Sum::anywhere)
                        && pod.affinity().required().stream().allMatch(term -> term.matches(pod, rules.namespaces));
    }

    @Override
    public void copyState(CycleState from, CycleState to) {
        to.put(this, rules(from).copy());
    }

    @Override
    public void added(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        rules(state).count(pod, other, node, 1);
    }

    @Override
    public void removed(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        rules(state).count(pod, other, node, -1);
    }

    // Scores

    /** For each pod in a node's topology the node is liked so much more. */
    private record Liking(String label, Map<String, Integer> pods, long weight) {}

    private record Likings(List<Liking> all) {}

    private final Plugin scoreState = () -> "InterPodAffinity score";

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        boolean wishes = !pod.affinity().preferred().isEmpty()
                || !pod.affinity().preferredAnti().isEmpty();
        if (!wishes && ignoresWishesOfOthers) {
            return Status.SKIP;
        }
        Function<String, Map<String, String>> namespaces = snapshot::namespaceLabels;
        var pods = snapshot.pods();
        var likings = new ArrayList<Liking>();
        for (var term : pod.affinity().preferred()) {
            pods.matching(List.of(term), namespaces).forEach(tally -> like(likings, term, tally, term.weight()));
        }
        for (var term : pod.affinity().preferredAnti()) {
            pods.matching(List.of(term), namespaces).forEach(tally -> like(likings, term, tally, -term.weight()));
        }
        if (hardWeight > 0) {
            for (var ruled : pods.on(pod, Rule.REQUIRED, namespaces)) {
                like(likings, ruled.term(), ruled.pods(), hardWeight);
            }
        }
        for (var ruled : pods.on(pod, Rule.PREFERRED, namespaces)) {
            like(likings, ruled.term(), ruled.pods(), ruled.term().weight());
        }
        for (var ruled : pods.on(pod, Rule.PREFERRED_ANTI, namespaces)) {
            like(likings, ruled.term(), ruled.pods(), -ruled.term().weight());
        }
        state.put(scoreState, new Likings(likings));
        return likings.isEmpty() ? Status.SKIP : Status.SUCCESS;
    }

    private static void like(List<Liking> likings, Term term, Tally pods, long weight) {
        var counts = pods.by(term.topologyKey());
        if (!counts.isEmpty()) {
            likings.add(new Liking(term.topologyKey(), counts, weight));
        }
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        long score = 0;
        for (var liking : state.get(scoreState, Likings.class).all()) {
            var value = node.labels().get(liking.label());
            if (value != null) {
                score += liking.weight() * liking.pods().getOrDefault(value, 0);
            }
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
            case ClusterEvent.ObjectChanged other -> false;
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
