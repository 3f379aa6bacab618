package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Finds the best node for a pod: filters until there are enough feasible nodes, scores these, and picks one of the best
 * at random. Without threads, clock or IO, but for what post-filters do.
 *
 * <p>source: pkg/scheduler/schedule_one.go.
 */
final class Algorithm {
    /** In a cluster of up to this many nodes, all are looked at. */
    private static final int FEWEST_FEASIBLE = 100;

    private final Profile profile;
    private final RandomGenerator random;
    private final List<Plugin.PreScore> preScores;
    private final List<Plugin.Score> scores;
    private final List<Plugin.PostFilter> postFilters;
    /** Where the search goes on, so that over time all nodes are looked at. */
    private int nextNode;

    Algorithm(Profile profile, RandomGenerator random) {
        this.profile = profile;
        this.random = random;
        preScores = profile.all(Plugin.PreScore.class);
        scores = profile.all(Plugin.Score.class);
        postFilters = profile.all(Plugin.PostFilter.class);
    }

    Decision decide(PodInfo pod, Snapshot snapshot) {
        if (snapshot.nodes().isEmpty()) {
            return new Decision.Unfit("no nodes available to schedule pods", Set.of(), Optional.empty());
        }
        var state = new CycleState();
        var skipped = SkippedPlugins.start(state);
        var candidates = Optional.<Set<String>>empty();
        var restrictedBy = new TreeSet<String>();
        for (var plugin : profile.preFilters()) {
            var result = plugin.preFilter(state, pod, snapshot);
            var status = result.status();
            if (status.skip()) {
                skipped.add(plugin);
            } else if (status.rejected()) {
                return rejectedAtOnce(state, pod, snapshot, status, plugin.name());
            } else if (!status.success()) {
                return new Decision.Failed(failure(plugin.name(), status));
            }
            if (result.nodes().isPresent()) {
                restrictedBy.add(plugin.name());
                candidates = Optional.of(intersection(candidates, result.nodes().get()));
            }
        }
        return search(state, pod, snapshot, candidates, restrictedBy);
    }

    private static String failure(String plugin, Status status) {
        return "running plugin \"" + plugin + "\": " + status.message();
    }

    private static Set<String> intersection(Optional<Set<String>> known, Set<String> names) {
        var both = new HashSet<>(names);
        known.ifPresent(both::retainAll);
        return both;
    }

    private Decision rejectedAtOnce(CycleState state, PodInfo pod, Snapshot snapshot, Status status, String plugin) {
        var rejections = new HashMap<String, Status>();
        if (status.code() == Status.Code.UNSCHEDULABLE) {
            snapshot.nodes().forEach(node -> rejections.put(node.name(), status));
        }
        var message = FitMessage.ofPod(snapshot.nodes().size(), status.message());
        return makeRoom(state, pod, snapshot, rejections, message, new HashSet<>(Set.of(plugin)));
    }

    private Decision search(
            CycleState state,
            PodInfo pod,
            Snapshot snapshot,
            Optional<Set<String>> candidates,
            TreeSet<String> restrictedBy) {
        var nominated = profile.nominations().nodeOf(pod.uid());
        if (!nominated.isEmpty()) {
            var node = snapshot.node(nominated);
            if (node.isPresent()
                    && profile.filterBesideNominated(state, pod, node.get())
                            .status()
                            .success()) {
                return new Decision.Placed(nominated, state);
            }
        }
        var nodes = candidates.isEmpty() ? snapshot.nodes() : named(snapshot, candidates.get());
        var feasible = new ArrayList<NodeInfo>();
        Map<String, Status> rejections = new HashMap<>();
        Set<String> rejectedBy = new HashSet<>(restrictedBy);
        int wanted = enough(nodes.size());
        int start = nodes.isEmpty() ? 0 : nextNode % nodes.size();
        int seen = 0;
        while (seen < nodes.size() && feasible.size() < wanted) {
            int at = start + seen++;
            var node = nodes.get(at < nodes.size() ? at : at - nodes.size());
            var rejection = profile.filterBesideNominated(state, pod, node);
            if (rejection.status().success()) {
                feasible.add(node);
            } else if (rejection.status().rejected()) {
                rejections.put(node.name(), rejection.status());
                rejectedBy.add(rejection.plugin());
            } else {
                return new Decision.Failed(failure(rejection.plugin(), rejection.status()));
            }
        }
        nextNode = nodes.isEmpty() ? 0 : (start + seen) % nodes.size();
        return switch (feasible.size()) {
            case 0 -> {
                var others = Status.unresolvable("node(s) didn't satisfy plugin(s) " + bracketed(restrictedBy));
                var message = FitMessage.ofNodes(snapshot.nodes().size(), rejections.values(), others);
                yield makeRoom(state, pod, snapshot, rejections, message, rejectedBy);
            }
            case 1 -> new Decision.Placed(feasible.getFirst().name(), state);
            default -> best(state, pod, snapshot, feasible);
        };
    }

    private static String bracketed(Set<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    private static List<NodeInfo> named(Snapshot snapshot, Set<String> names) {
        return names.stream()
                .sorted()
                .flatMap(name -> snapshot.node(name).stream())
                .toList();
    }

    /** source: numFeasibleNodesToFind. */
    static int enough(int nodes) {
        if (nodes < FEWEST_FEASIBLE) {
            return nodes;
        }
        int percent = Math.max(5, 50 - nodes / 125);
        return Math.max(FEWEST_FEASIBLE, nodes * percent / 100);
    }

    private Decision best(CycleState state, PodInfo pod, Snapshot snapshot, List<NodeInfo> feasible) {
        Set<Plugin> silent = new HashSet<>();
        for (var plugin : preScores) {
            var status = plugin.preScore(state, pod, feasible, snapshot);
            if (status.skip()) {
                silent.add(plugin);
            } else if (!status.success()) {
                return new Decision.Failed(failure(plugin.name(), status));
            }
        }
        var nodes = feasible.toArray(NodeInfo[]::new);
        var totals = new long[nodes.length];
        var own = new long[nodes.length];
        for (var plugin : scores) {
            if (silent.contains(plugin)) {
                continue;
            }
            for (int i = 0; i < nodes.length; i++) {
                own[i] = plugin.score(state, pod, nodes[i]);
            }
            plugin.normalize(state, pod, snapshot, nodes, own);
            long weight = profile.weight(plugin);
            for (int i = 0; i < nodes.length; i++) {
                totals[i] += weight * own[i];
            }
        }
        return new Decision.Placed(nodes[oneOfTheHighest(totals)].name(), state);
    }

    private int oneOfTheHighest(long[] totals) {
        int best = 0;
        int equals = 1;
        for (int i = 1; i < totals.length; i++) {
            if (totals[i] > totals[best]) {
                best = i;
                equals = 1;
            } else if (totals[i] == totals[best] && random.nextInt(++equals) == 0) {
                best = i;
            }
        }
        return best;
    }

    private Decision makeRoom(
            CycleState state,
            PodInfo pod,
            Snapshot snapshot,
            Map<String, Status> rejections,
            String message,
            Set<String> rejectedBy) {
        var said = new ArrayList<String>();
        var nominated = Optional.<String>empty();
        for (var plugin : postFilters) {
            var result = plugin.postFilter(state, pod, snapshot, rejections, profile);
            var status = result.status();
            if (status.success()) {
                return new Decision.Unfit(message, rejectedBy, result.nominatedNode());
            }
            nominated = nominated.or(result::nominatedNode);
            if (!status.rejected()) {
                return new Decision.Failed(failure(plugin.name(), status));
            }
            if (status.code() == Status.Code.UNRESOLVABLE) {
                said.add(status.message());
                break;
            }
            if (!status.message().isEmpty()) {
                said.add(status.message());
            }
        }
        var all = said.isEmpty() ? message : message + " " + String.join(", ", said);
        return new Decision.Unfit(all, rejectedBy, nominated);
    }
}
