package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Counts;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Tally;
import dev.navarch.scheduler.framework.Topology;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

    /** The pods to be spread, by the domains of the constraint's topology. */
    private static final class Domains {
        private final SpreadConstraint constraint;
        private final Topology topology;
        /** How many nodes that count are in each; null if all count. */
        private final @Nullable Counts included;

        private final List<Counts> counts;
        private final Counts trial;
        /** Whether the pod is one of those to be spread. */
        private final int self;

        private int least = -1;

        Domains(
                SpreadConstraint constraint,
                Topology topology,
                @Nullable Counts included,
                List<Counts> counts,
                Counts trial,
                int self) {
            this.constraint = constraint;
            this.topology = topology;
            this.included = included;
            this.counts = counts;
            this.trial = trial;
            this.self = self;
        }

        Domains copy() {
            return new Domains(constraint, topology, included, counts, trial.copy(), self);
        }

        void change(int domain, int step) {
            trial.add(domain, step);
            least = -1;
        }

        private boolean includes(int domain) {
            return included == null ? topology.has(domain) : included.in(domain) > 0;
        }

        int in(int domain) {
            if (!includes(domain)) {
                return 0;
            }
            int sum = trial.in(domain);
            for (int i = 0; i < counts.size(); i++) {
                sum += counts.get(i).in(domain);
            }
            return sum;
        }

        /** In the emptiest domain; 0 if there are fewer domains than there must be. */
        int least() {
            if (least < 0) {
                int size = included == null ? topology.size() : included.size();
                least = size == 0 || size < constraint.minDomains() ? 0 : emptiest();
            }
            return least;
        }

        private int emptiest() {
            int emptiest = Integer.MAX_VALUE;
            for (int domain = 0; domain < topology.bound(); domain++) {
                if (includes(domain)) {
                    emptiest = Math.min(emptiest, in(domain));
                }
            }
            return emptiest;
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

    private static Domains domains(
            PodInfo pod, Snapshot snapshot, SpreadConstraint constraint, List<SpreadConstraint> constraints) {
        var topology = snapshot.topologies().of(constraint.topologyKey());
        var on = constraint.includesAll(pod) && allHaveAllKeys(snapshot, constraints)
                ? null
                : constraint.included(pod, labels(constraints));
        var counts = constraint.tallies(pod, snapshot, on).stream()
                .map(tally -> tally.by(topology))
                .toList();
        return new Domains(
                constraint,
                topology,
                on == null ? null : snapshot.topologies().in(on).by(topology),
                counts,
                new Counts(),
                constraint.matches(pod.labels()) ? 1 : 0);
    }

    private static List<String> labels(List<SpreadConstraint> constraints) {
        return constraints.stream().map(SpreadConstraint::topologyKey).toList();
    }

    /** Nodes without the only label don't matter anyway. */
    private static boolean allHaveAllKeys(Snapshot snapshot, List<SpreadConstraint> constraints) {
        if (constraints.size() > 1) {
            for (var topology : keys(snapshot, constraints)) {
                if (topology.nodes() != snapshot.nodes().size()) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Topology[] keys(Snapshot snapshot, List<SpreadConstraint> constraints) {
        var topologies = new Topology[constraints.size()];
        Arrays.setAll(
                topologies, i -> snapshot.topologies().of(constraints.get(i).topologyKey()));
        return topologies;
    }

    private static boolean hasAll(NodeInfo node, Topology[] keys) {
        for (var key : keys) {
            if (key.of(node) == Topology.NONE) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        for (var domains : state.get(this, Spread.class).all()) {
            int domain = domains.topology.of(node);
            if (domain == Topology.NONE) {
                return UNLABELLED;
            }
            if (domains.in(domain) + domains.self - domains.least() > domains.constraint.maxSkew()) {
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
                        .map(Domains::copy)
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
        for (var domains : all) {
            if (domains.topology.of(node) == Topology.NONE) {
                return;
            }
        }
        for (var domains : all) {
            if (domains.constraint.includes(pod, node) && domains.constraint.counts(pod, other)) {
                domains.change(domains.topology.of(node), step);
            }
        }
    }

    // Scores

    private final Plugin scoreState = () -> "PodTopologySpread score";

    /** What is compared of one constraint: the pods to be spread by domain, or, of host names, on each node. */
    private static final class Aspect {
        private final SpreadConstraint constraint;
        private final Topology topology;
        private final boolean hosts;
        private final List<Tally> tallies;
        /** The domains of feasible nodes. */
        private final BitSet present = new BitSet();

        private List<Counts> counts = List.of();
        /** The more domains there are, the less a pod more or less in one matters. */
        private double weight;

        Aspect(SpreadConstraint constraint, PodInfo pod, Snapshot snapshot) {
            this.constraint = constraint;
            topology = snapshot.topologies().of(constraint.topologyKey());
            hosts = constraint.topologyKey().equals(HOSTNAME);
            tallies = hosts ? constraint.tallies(pod, snapshot, null) : List.of();
        }

        double score(NodeInfo node) {
            int domain = topology.of(node);
            if (domain == Topology.NONE) {
                return 0;
            }
            int count = 0;
            if (hosts) {
                for (int i = 0; i < tallies.size(); i++) {
                    count += tallies.get(i).on(node.name());
                }
            } else {
                for (int i = 0; i < counts.size(); i++) {
                    count += counts.get(i).in(domain);
                }
            }
            return count * weight + (constraint.maxSkew() - 1);
        }
    }

    /** @param keys labels without which a node is ignored */
    private record Wish(Aspect[] aspects, Topology[] keys) {
        boolean ignores(NodeInfo node) {
            return !hasAll(node, keys);
        }
    }

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        var constraints = constraints(pod, SpreadConstraint.ANYWAY);
        if (constraints.isEmpty()) {
            return Status.SKIP;
        }
        boolean all = hasOwn(pod) || listed.isPresent();
        var aspects = new Aspect[constraints.size()];
        Arrays.setAll(aspects, i -> new Aspect(constraints.get(i), pod, snapshot));
        var wish = new Wish(aspects, all ? keys(snapshot, constraints) : new Topology[0]);
        int nodes = 0;
        for (var node : feasible) {
            if (wish.ignores(node)) {
                continue;
            }
            nodes++;
            for (var aspect : aspects) {
                int domain = aspect.topology.of(node);
                if (domain != Topology.NONE) {
                    aspect.present.set(domain);
                }
            }
        }
        boolean complete = !all || allHaveAllKeys(snapshot, constraints);
        for (var aspect : aspects) {
            aspect.weight = Math.log((aspect.hosts ? nodes : aspect.present.cardinality()) + 2);
            if (!aspect.hosts) {
                var on = complete && aspect.constraint.includesAll(pod)
                        ? null
                        : aspect.constraint.included(pod, all ? labels(constraints) : List.of());
                aspect.counts = aspect.constraint.tallies(pod, snapshot, on).stream()
                        .map(tally -> tally.by(aspect.topology))
                        .toList();
            }
        }
        state.put(scoreState, wish);
        return Status.SUCCESS;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var wish = state.get(scoreState, Wish.class);
        if (wish.ignores(node)) {
            return 0;
        }
        double score = 0;
        for (var aspect : wish.aspects) {
            score += aspect.score(node);
        }
        return Math.round(score);
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        var wish = state.get(scoreState, Wish.class);
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 0; i < nodes.length; i++) {
            if (!wish.ignores(nodes[i])) {
                least = Math.min(least, scores[i]);
                most = Math.max(most, scores[i]);
            }
        }
        for (int i = 0; i < nodes.length; i++) {
            if (wish.ignores(nodes[i])) {
                scores[i] = 0;
            } else {
                scores[i] = most == 0 ? MAX : MAX * (most + least - scores[i]) / most;
            }
        }
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned _,
                    ClusterEvent.PodRemoved _,
                    ClusterEvent.NodeAdded _,
                    ClusterEvent.NodeRemoved _ -> true;
            case ClusterEvent.AssignedPodChanged(var before, var now) ->
                !before.labels().equals(now.labels()) || before.terminating() != now.terminating();
            case ClusterEvent.PodChanged changed -> changed.labels();
            case ClusterEvent.NodeChanged changed -> changed.labels() || changed.taints();
            default -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.PodAssigned(var other) -> spreads(pod, other);
            case ClusterEvent.PodRemoved(var other, var _) -> spreads(pod, other);
            case ClusterEvent.AssignedPodChanged(var before, var now) -> spreadsOtherwise(pod, before, now);
            case ClusterEvent.NodeAdded(var node) -> counts(pod, node);
            case ClusterEvent.NodeRemoved(var node) -> counts(pod, node);
            case ClusterEvent.NodeChanged(var before, var now) -> counts(pod, before) || counts(pod, now);
            default -> true;
        };
    }

    /** Whether the node has all labels by which the pod is spread. */
    private boolean counts(PodInfo pod, Node node) {
        var labels = new NodeInfo(node).labels();
        return constraints(pod, SpreadConstraint.NOT).stream()
                .allMatch(constraint -> labels.containsKey(constraint.topologyKey()));
    }

    /** Pods that are being deleted count no more. */
    private boolean spreadsOtherwise(PodInfo pod, PodInfo before, PodInfo now) {
        return now.namespace().equals(pod.namespace())
                && constraints(pod, SpreadConstraint.NOT).stream()
                        .anyMatch(constraint -> (!before.terminating() && constraint.matches(before.labels()))
                                != (!now.terminating() && constraint.matches(now.labels())));
    }

    private boolean spreads(PodInfo pod, PodInfo other) {
        return other.namespace().equals(pod.namespace())
                && constraints(pod, SpreadConstraint.NOT).stream()
                        .anyMatch(constraint -> constraint.matches(other.labels()));
    }
}
