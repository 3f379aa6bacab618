package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.AffinityTerms.Term;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Counts;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodGroups.Rule;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Tally;
import dev.navarch.scheduler.framework.Topology;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** Pods in the domains of one topology: as the snapshot has them, and changed by way of trial. */
    private static final class Sum {
        private final Topology topology;
        private final List<Counts> counts;
        private final Counts trial;

        Sum(Topology topology) {
            this(topology, new ArrayList<>(1), new Counts());
        }

        private Sum(Topology topology, List<Counts> counts, Counts trial) {
            this.topology = topology;
            this.counts = counts;
            this.trial = trial;
        }

        Sum copy() {
            return new Sum(topology, counts, trial.copy());
        }

        void include(Tally tally) {
            var more = tally.by(topology);
            if (!more.isEmpty()) {
                counts.add(more);
            }
        }

        void include(NodeInfo node, int step) {
            int domain = topology.of(node);
            if (domain != Topology.NONE) {
                trial.add(domain, step);
            }
        }

        boolean anyIn(int domain) {
            if (domain == Topology.NONE) {
                return false;
            }
            int sum = trial.in(domain);
            for (int i = 0; i < counts.size(); i++) {
                sum += counts.get(i).in(domain);
            }
            return sum > 0;
        }

        boolean anywhere() {
            if (trial.isEmpty()) {
                return !counts.isEmpty();
            }
            for (int domain = 0; domain < topology.bound(); domain++) {
                if (anyIn(domain)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Where the pods are that matter.
     *
     * @param with for each required term those that the pod must be with
     * @param without for each required term those that it may not be with
     * @param unwanting by label, those that may not be with it
     */
    private static final class Rules {
        private final Sum[] with;
        private final Sum[] without;
        private final List<Sum> unwanting;
        private final Snapshot snapshot;
        /** Whether no pod that it must be with is anywhere, and it is one of them itself; null if not known yet. */
        private @Nullable Boolean first;

        Rules(Sum[] with, Sum[] without, List<Sum> unwanting, Snapshot snapshot) {
            this.with = with;
            this.without = without;
            this.unwanting = unwanting;
            this.snapshot = snapshot;
        }

        Rules copy() {
            return new Rules(
                    copy(with), copy(without), new ArrayList<>(List.of(copy(unwanting.toArray(Sum[]::new)))), snapshot);
        }

        private static Sum[] copy(Sum[] sums) {
            var copies = new Sum[sums.length];
            Arrays.setAll(copies, i -> sums[i].copy());
            return copies;
        }

        private static Sum unwanting(List<Sum> all, Topology topology) {
            for (var sum : all) {
                if (sum.topology == topology) {
                    return sum;
                }
            }
            var sum = new Sum(topology);
            all.add(sum);
            return sum;
        }

        /** The first pod of a group that wants to be together may go anywhere. */
        boolean first(PodInfo pod) {
            if (first == null) {
                first = Arrays.stream(with).noneMatch(Sum::anywhere)
                        && pod.affinity().required().stream()
                                .allMatch(term -> term.matches(pod, snapshot::namespaceLabels));
            }
            return first;
        }

        void count(PodInfo pod, PodInfo other, NodeInfo node, int step) {
            Function<String, Map<String, String>> namespaces = snapshot::namespaceLabels;
            var required = pod.affinity().required();
            first = null;
            if (!required.isEmpty() && required.stream().allMatch(term -> term.matches(other, namespaces))) {
                for (var sum : with) {
                    sum.include(node, step);
                }
            }
            for (int i = 0; i < without.length; i++) {
                if (pod.affinity().requiredAnti().get(i).matches(other, namespaces)) {
                    without[i].include(node, step);
                }
            }
            for (var term : other.affinity().requiredAnti()) {
                if (term.matches(pod, namespaces)) {
                    var topology = snapshot.topologies().of(term.topologyKey());
                    unwanting(unwanting, topology).include(node, step);
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
        var with = new Sum[required.size()];
        Arrays.setAll(with, i -> sum(required.get(i), matching, snapshot));
        var without = new Sum[anti.size()];
        Arrays.setAll(
                without, i -> sum(anti.get(i), snapshot.pods().matching(List.of(anti.get(i)), namespaces), snapshot));
        var unwanting = new ArrayList<Sum>(1);
        for (var ruled : snapshot.pods().on(pod, Rule.REQUIRED_ANTI, namespaces)) {
            var topology = snapshot.topologies().of(ruled.term().topologyKey());
            if (!ruled.pods().by(topology).isEmpty()) {
                Rules.unwanting(unwanting, topology).include(ruled.pods());
            }
        }
        state.put(this, new Rules(with, without, unwanting, snapshot));
        return required.isEmpty() && anti.isEmpty() && unwanting.isEmpty() ? Result.SKIP : Result.ALL;
    }

    private static Sum sum(Term term, List<Tally> tallies, Snapshot snapshot) {
        var sum = new Sum(snapshot.topologies().of(term.topologyKey()));
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
            if (sum.anyIn(sum.topology.of(node))) {
                return ANTI_AFFINITY;
            }
        }
        for (int i = 0; i < rules.unwanting.size(); i++) {
            var sum = rules.unwanting.get(i);
            if (sum.anyIn(sum.topology.of(node))) {
                return EXISTING;
            }
        }
        return Status.SUCCESS;
    }

    private static boolean satisfiesAffinity(Rules rules, PodInfo pod, NodeInfo node) {
        boolean together = true;
        for (var sum : rules.with) {
            int domain = sum.topology.of(node);
            if (domain == Topology.NONE) {
                return false;
            }
            together = together && sum.anyIn(domain);
        }
        return together || rules.first(pod);
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

    /** For each pod in a node's domain the node is liked so much more. */
    private record Liking(Topology topology, Counts pods, long weight) {}

    private record Likings(Liking[] all) {}

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
            pods.matching(List.of(term), namespaces)
                    .forEach(tally -> like(likings, snapshot, term, tally, term.weight()));
        }
        for (var term : pod.affinity().preferredAnti()) {
            pods.matching(List.of(term), namespaces)
                    .forEach(tally -> like(likings, snapshot, term, tally, -term.weight()));
        }
        if (hardWeight > 0) {
            for (var ruled : pods.on(pod, Rule.REQUIRED, namespaces)) {
                like(likings, snapshot, ruled.term(), ruled.pods(), hardWeight);
            }
        }
        for (var ruled : pods.on(pod, Rule.PREFERRED, namespaces)) {
            like(likings, snapshot, ruled.term(), ruled.pods(), ruled.term().weight());
        }
        for (var ruled : pods.on(pod, Rule.PREFERRED_ANTI, namespaces)) {
            like(likings, snapshot, ruled.term(), ruled.pods(), -ruled.term().weight());
        }
        state.put(scoreState, new Likings(likings.toArray(Liking[]::new)));
        return likings.isEmpty() ? Status.SKIP : Status.SUCCESS;
    }

    private static void like(List<Liking> likings, Snapshot snapshot, Term term, Tally pods, long weight) {
        var topology = snapshot.topologies().of(term.topologyKey());
        var counts = pods.by(topology);
        if (!counts.isEmpty()) {
            likings.add(new Liking(topology, counts, weight));
        }
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        long score = 0;
        for (var liking : state.get(scoreState, Likings.class).all()) {
            int domain = liking.topology().of(node);
            if (domain != Topology.NONE) {
                score += liking.weight() * liking.pods().in(domain);
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
            case ClusterEvent.PodAssigned _,
                    ClusterEvent.PodRemoved _,
                    ClusterEvent.NodeAdded _,
                    ClusterEvent.NamespaceChanged _ -> true;
            case ClusterEvent.AssignedPodChanged(var before, var now) ->
                !before.labels().equals(now.labels());
            case ClusterEvent.PodChanged changed -> changed.labels();
            case ClusterEvent.NodeChanged changed -> changed.labels();
            default -> false;
        };
    }

    /** A new pod may be the one to be with; one that left may be the one not to be with. */
    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned(var other) ->
                anyTermMatches(pod.affinity().required(), other);
            case ClusterEvent.PodRemoved(var other, var _) ->
                anyTermMatches(pod.affinity().requiredAnti(), other)
                        || anyTermMatches(other.affinity().requiredAnti(), pod);
            case ClusterEvent.AssignedPodChanged(var before, var now) ->
                anyTermMatches(pod.affinity().required(), now)
                                && !anyTermMatches(pod.affinity().required(), before)
                        || anyTermMatches(pod.affinity().requiredAnti(), before)
                                && !anyTermMatches(pod.affinity().requiredAnti(), now);
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
