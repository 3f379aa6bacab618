package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Spreads pods over topologies as their constraints ask for (source: plugins/podtopologyspread). */
public final class PodTopologySpread
        implements Plugin.PreFilter, Plugin.Filter, Plugin.TrialAware, Plugin.PreScore, Plugin.Score {
    private static final Status UNLABELLED =
            Status.unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
    private static final Status SKEWED = Status.unschedulable("node(s) didn't match pod topology spread constraints");
    private static final String HOSTNAME = "kubernetes.io/hostname";

    private final Function<PodInfo, List<LabelSelector>> likePods;
    private final Optional<List<TopologySpreadConstraint>> listed;

    /** With upstream's defaults for pods without constraints. */
    public PodTopologySpread(Function<PodInfo, List<LabelSelector>> likePods) {
        this(likePods, Optional.empty());
    }

    /**
     * @param likePods selectors of the pods that one without constraints is to be spread with; none for no spreading
     * @param listed constraints, without selectors, of pods that have none; empty for upstream's
     */
    public PodTopologySpread(
            Function<PodInfo, List<LabelSelector>> likePods, Optional<List<TopologySpreadConstraint>> listed) {
        this.likePods = requireNonNull(likePods);
        this.listed = requireNonNull(listed);
    }

    @Override
    public String name() {
        return "PodTopologySpread";
    }

    private static boolean hasOwn(PodInfo pod) {
        var own = pod.pod().getSpec().getTopologySpreadConstraints();
        return own != null && !own.isEmpty();
    }

    private List<SpreadConstraint> constraints(PodInfo pod, String whenUnsatisfiable) {
        if (hasOwn(pod)) {
            return SpreadConstraint.of(pod, whenUnsatisfiable);
        }
        var selectors = listed.isPresent() && listed.get().isEmpty() ? List.<LabelSelector>of() : likePods.apply(pod);
        if (selectors.isEmpty()) {
            return List.of();
        }
        return listed.map(all -> SpreadConstraint.of(pod, all, whenUnsatisfiable, selectors))
                .orElseGet(() -> whenUnsatisfiable.equals(SpreadConstraint.ANYWAY)
                        ? SpreadConstraint.defaults(selectors)
                        : List.of());
    }

    /** The pods to be spread, by the value of the constraint's label. */
    private static final class Domains {
        private final SpreadConstraint constraint;
        /** Their keys are the values that count. */
        private final Map<String, Integer> values;

        private final List<Map<String, Integer>> counts;
        private final Map<String, Integer> trial = new HashMap<>();
        private int least = -1;

        Domains(SpreadConstraint constraint, Map<String, Integer> values, List<Map<String, Integer>> counts) {
            this.constraint = constraint;
            this.values = values;
            this.counts = counts;
        }

        Domains(Domains other) {
            this(other.constraint, other.values, other.counts);
            trial.putAll(other.trial);
        }

        void change(String value, int step) {
            trial.merge(value, step, Integer::sum);
            least = -1;
        }

        int in(String value) {
            if (!values.containsKey(value)) {
                return 0;
            }
            int sum = trial.isEmpty() ? 0 : trial.getOrDefault(value, 0);
            for (var count : counts) {
                sum += count.getOrDefault(value, 0);
            }
            return sum;
        }

        /** In the emptiest domain; 0 if there are fewer domains than there must be. */
        int least() {
            if (least < 0) {
                least = values.size() < constraint.minDomains()
                        ? 0
                        : values.keySet().stream().mapToInt(this::in).min().orElse(0);
            }
            return least;
        }
    }

    private record Spread(List<Domains> all) {}

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        var constraints = constraints(pod, SpreadConstraint.NOT);
        if (constraints.isEmpty()) {
            return Result.SKIP;
        }
        state.put(
                this,
                new Spread(constraints.stream()
                        .map(constraint -> domains(pod, snapshot, constraint, constraints))
                        .toList()));
        return Result.ALL;
    }

    /** Where all nodes count, what the snapshot has counted already is all there is to know. */
    private static Domains domains(
            PodInfo pod, Snapshot snapshot, SpreadConstraint constraint, List<SpreadConstraint> constraints) {
        var tallies = constraint.tallies(pod, snapshot);
        var label = constraint.topologyKey();
        if (constraint.includesAll(pod) && allHaveAllKeys(snapshot, constraints)) {
            return new Domains(
                    constraint,
                    snapshot.topologies().of(label),
                    tallies.stream().map(tally -> tally.by(label)).toList());
        }
        var counts = new HashMap<String, Integer>();
        for (var node : snapshot.nodes()) {
            if (hasAllKeys(node, constraints) && constraint.includes(pod, node)) {
                int here = 0;
                for (var tally : tallies) {
                    here += tally.on(node.name());
                }
                counts.merge(node.labels().get(label), here, Integer::sum);
            }
        }
        return new Domains(constraint, counts, List.of(counts));
    }

    /** Nodes without the only label don't matter anyway. */
    private static boolean allHaveAllKeys(Snapshot snapshot, List<SpreadConstraint> constraints) {
        return constraints.size() == 1
                || constraints.stream()
                        .allMatch(constraint -> snapshot.topologies().nodesWith(constraint.topologyKey())
                                == snapshot.nodes().size());
    }

    private static boolean hasAllKeys(NodeInfo node, List<SpreadConstraint> constraints) {
        for (var constraint : constraints) {
            if (!node.labels().containsKey(constraint.topologyKey())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (var domain : state.get(this, Spread.class).all()) {
            var constraint = domain.constraint;
            var value = node.labels().get(constraint.topologyKey());
            if (value == null) {
                return UNLABELLED;
            }
            int self = constraint.matches(pod.labels()) ? 1 : 0;
            if (domain.in(value) + self - domain.least() > constraint.maxSkew()) {
                return SKEWED;
            }
        }
        return Status.SUCCESS;
    }

    @Override
    public void copyState(CycleState from, CycleState to) {
        to.put(
                this,
                new Spread(from.get(this, Spread.class).all().stream()
                        .map(Domains::new)
                        .toList()));
    }

    @Override
    public void added(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        change(state, pod, other, node, 1);
    }

    @Override
    public void removed(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        change(state, pod, other, node, -1);
    }

    private void change(CycleState state, PodInfo pod, PodInfo other, NodeInfo node, int step) {
        var all = state.get(this, Spread.class).all();
        if (!hasAllKeys(node, all.stream().map(domain -> domain.constraint).toList())) {
            return;
        }
        for (var domain : all) {
            if (domain.constraint.includes(pod, node) && domain.constraint.counts(pod, other)) {
                domain.change(node.labels().get(domain.constraint.topologyKey()), step);
            }
        }
    }

    // Scores

    private final Plugin scoreState = () -> "PodTopologySpread score";

    /**
     * What is compared.
     *
     * @param counts for each constraint, by value; for host names, by node
     * @param weights the more domains there are, the less a pod more or less in one matters
     * @param ignored nodes that lack a label
     */
    private record Wish(
            List<SpreadConstraint> constraints,
            List<Map<String, Integer>> counts,
            double[] weights,
            Set<String> ignored) {}

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        var constraints = constraints(pod, SpreadConstraint.ANYWAY);
        if (constraints.isEmpty()) {
            return Status.SKIP;
        }
        boolean all = hasOwn(pod) || listed.isPresent();
        var counts = Stream.<Map<String, Integer>>generate(HashMap::new)
                .limit(constraints.size())
                .toList();
        Set<String> ignored = new HashSet<>();
        int nodes = 0;
        for (var node : feasible) {
            if (all && !hasAllKeys(node, constraints)) {
                ignored.add(node.name());
                continue;
            }
            nodes++;
            for (int i = 0; i < constraints.size(); i++) {
                var key = constraints.get(i).topologyKey();
                var value = node.labels().get(key);
                if (value != null && !key.equals(HOSTNAME)) {
                    counts.get(i).putIfAbsent(value, 0);
                }
            }
        }
        var weights = new double[constraints.size()];
        for (int i = 0; i < weights.length; i++) {
            boolean hosts = constraints.get(i).topologyKey().equals(HOSTNAME);
            weights[i] = Math.log((hosts ? nodes : counts.get(i).size()) + 2);
        }
        for (int i = 0; i < constraints.size(); i++) {
            countDomains(pod, snapshot, constraints, i, counts.get(i), all);
        }
        state.put(scoreState, new Wish(constraints, new ArrayList<>(counts), weights, ignored));
        return Status.SUCCESS;
    }

    private static void countDomains(
            PodInfo pod,
            Snapshot snapshot,
            List<SpreadConstraint> constraints,
            int which,
            Map<String, Integer> domains,
            boolean all) {
        var constraint = constraints.get(which);
        var label = constraint.topologyKey();
        boolean simple = constraint.includesAll(pod) && (!all || allHaveAllKeys(snapshot, constraints));
        for (var tally : constraint.tallies(pod, snapshot)) {
            if (label.equals(HOSTNAME)) {
                tally.byNode().forEach((name, count) -> domains.merge(name, count, Integer::sum));
            } else if (simple) {
                domains.replaceAll((value, count) -> count + tally.by(label).getOrDefault(value, 0));
            } else {
                tally.byNode().forEach((name, count) -> {
                    var node = snapshot.node(name).orElseThrow();
                    var value = node.labels().get(label);
                    if (value != null
                            && domains.containsKey(value)
                            && (!all || hasAllKeys(node, constraints))
                            && constraint.includes(pod, node)) {
                        domains.merge(value, count, Integer::sum);
                    }
                });
            }
        }
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var wish = state.get(scoreState, Wish.class);
        if (wish.ignored().contains(node.name())) {
            return 0;
        }
        double score = 0;
        for (int i = 0; i < wish.weights().length; i++) {
            var constraint = wish.constraints().get(i);
            var value = node.labels().get(constraint.topologyKey());
            if (value != null) {
                var domain = constraint.topologyKey().equals(HOSTNAME) ? node.name() : value;
                int count = wish.counts().get(i).getOrDefault(domain, 0);
                score += count * wish.weights()[i] + (constraint.maxSkew() - 1);
            }
        }
        return Math.round(score);
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        var ignored = state.get(scoreState, Wish.class).ignored();
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < nodes.length; i++) {
            if (!ignored.contains(nodes[i].name())) {
                least = Math.min(least, scores[i]);
                most = Math.max(most, scores[i]);
            }
        }
        for (int i = 0; i < nodes.length; i++) {
            if (ignored.contains(nodes[i].name())) {
                scores[i] = 0;
            } else {
                scores[i] = most == 0 ? MAX : MAX * (most + least - scores[i]) / most;
            }
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned assigned -> true;
            case ClusterEvent.PodRemoved removed -> true;
            case ClusterEvent.AssignedPodChanged changed -> true;
            case ClusterEvent.PodChanged changed -> true;
            case ClusterEvent.NodeAdded added -> true;
            case ClusterEvent.NodeChanged changed -> true;
            case ClusterEvent.NodeRemoved removed -> true;
            case ClusterEvent.NamespaceChanged other -> false;
            case ClusterEvent.ObjectChanged other -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned(var other) -> spreads(pod, other);
            case ClusterEvent.PodRemoved(var other) -> spreads(pod, other);
            case ClusterEvent.AssignedPodChanged(var before, var now) -> spreads(pod, before) || spreads(pod, now);
            case ClusterEvent.NodeChanged(var before, var now) -> {
                var old = new NodeInfo(before);
                var current = new NodeInfo(now);
                yield !old.labels().equals(current.labels()) || !old.taints().equals(current.taints());
            }
            default -> true;
        };
    }

    private boolean spreads(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace())
                && constraints(pod, SpreadConstraint.NOT).stream()
                        .anyMatch(constraint -> constraint.matches(other.labels()));
    }
}
