package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.FitMessage;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Stopwatch.Call;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the best node for a pod: filters until there are enough feasible nodes, scores these, and picks one of the best
 * at random. Without threads, clock or IO, but for what post-filters and extenders do.
 *
 * <p>source: pkg/scheduler/schedule_one.go.
 */
final class Algorithm {
    /** In a cluster of up to this many nodes, all are looked at. */
    private static final int FEWEST_FEASIBLE = 100;

    private static final int LOWEST_PERCENTAGE = 5;

    private final Profile profile;
    private final RandomGenerator random;
    private final SearchSettings settings;
    private final SchedulerMetrics metrics;
    private final NodeLocalResults local;
    private final List<Plugin.PreScore> preScores;
    private final List<Plugin.Score> scores;
    private final List<Plugin.PostFilter> postFilters;
    private final int[] localScores;
    private final Evaluations.Point preFiltered;
    private final Evaluations.Point preScored;

    /**
     * What the algorithms of a scheduler's profiles share.
     *
     * @param percentage of nodes to score; 0 for one that follows the cluster's size
     * @param extenders asked after the filters, in order
     */
    record SearchSettings(int percentage, List<Extender> extenders, Cursor cursor) {
        static SearchSettings standard() {
            return new SearchSettings(0, List.of(), new Cursor());
        }
    }

    /** Where the search goes on, so that over time all nodes are looked at. */
    static final class Cursor {
        private int next;
    }

    Algorithm(Profile profile, RandomGenerator random, SearchSettings settings, SchedulerMetrics metrics) {
        this.profile = profile;
        this.random = random;
        this.settings = settings;
        this.metrics = metrics;
        local = new NodeLocalResults(profile);
        preScores = profile.all(Plugin.PreScore.class);
        scores = profile.all(Plugin.Score.class);
        postFilters = profile.all(Plugin.PostFilter.class);
        localScores = scores.stream().mapToInt(local::indexOf).toArray();
        preFiltered = profile.evaluations().at(Call.PRE_FILTER);
        preScored = profile.evaluations().at(Call.PRE_SCORE);
    }

    Decision decide(PodInfo pod, Snapshot snapshot) {
        if (snapshot.nodes().isEmpty()) {
            return new Decision.Unfit("no nodes available to schedule pods", Set.of(), Optional.empty());
        }
        var search = new Search(pod, snapshot);
        return search.find().orElseGet(search::best);
    }

    /** The feasible nodes with their scores: what a decision is made from. */
    Map<String, Long> scores(PodInfo pod, Snapshot snapshot) {
        var search = new Search(pod, snapshot);
        if (search.find().isPresent() || search.prepareScores().isPresent()) {
            return Map.of();
        }
        var totals = search.totals();
        var scores = new HashMap<String, Long>();
        for (int i = 0; i < totals.length; i++) {
            scores.put(search.feasible.get(i).name(), totals[i]);
        }
        return scores;
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

    /** The part of a cycle that looks at nodes. */
    private final class Search {
        private final CycleState state = metrics.cycle();
        private final SkippedPlugins skipped = SkippedPlugins.start(state);
        private final SkippedPlugins silent = new SkippedPlugins();
        private final PodInfo pod;
        private final Snapshot snapshot;
        private final TreeSet<String> restrictedBy = new TreeSet<>();
        private final Rejected rejected = new Rejected();
        private final List<NodeInfo> feasible = new ArrayList<>();
        /** Of the feasible nodes in the snapshot; empty where only some nodes are looked at. */
        private int[] positions = {};

        private NodeLocalResults.@Nullable Row row;
        /** Whether any filter that is not node-local has something to say. */
        private boolean anyMore;
        /** Whether room is being made for any pod. */
        private boolean nominations;

        Search(PodInfo pod, Snapshot snapshot) {
            this.pod = pod;
            this.snapshot = snapshot;
        }

        /** Finds feasible nodes, or decides already. */
        Optional<Decision> find() {
            var candidates = Optional.<Set<String>>empty();
            long start = metrics.start();
            var preFilters = profile.preFilters();
            for (int i = 0; i < preFilters.size(); i++) {
                var plugin = preFilters.get(i);
                long called = state.stopwatch().start();
                var result = plugin.preFilter(state, pod, snapshot);
                var status = result.status();
                state.stopwatch().stop(plugin, Call.PRE_FILTER, status.code(), called);
                if (status.skip()) {
                    skipped.add(plugin);
                    continue;
                }
                preFiltered.asked(i);
                if (!status.success()) {
                    metrics.ran(Call.PRE_FILTER, status.code(), profile.schedulerName(), start);
                    return Optional.of(
                            status.rejected()
                                    ? rejectedAtOnce(state, pod, snapshot, status, plugin.name())
                                    : new Decision.Failed(failure(plugin.name(), status)));
                }
                if (result.nodes().isPresent()) {
                    restrictedBy.add(plugin.name());
                    candidates =
                            Optional.of(intersection(candidates, result.nodes().get()));
                }
            }
            metrics.ran(Call.PRE_FILTER, Status.Code.SUCCESS, profile.schedulerName(), start);
            return filter(candidates);
        }

        private Optional<Decision> filter(Optional<Set<String>> candidates) {
            long start = metrics.start();
            tryNominated();
            var failure = Optional.<Decision>empty();
            if (feasible.isEmpty()) {
                failure = candidates.isEmpty() ? filterAll() : filterNamed(candidates.get());
                if (failure.isEmpty()) {
                    failure = askExtenders();
                }
            }
            metrics.ran(
                    Call.FILTER,
                    failure.isPresent() ? Status.Code.ERROR : Status.Code.SUCCESS,
                    profile.schedulerName(),
                    start);
            if (failure.isPresent() || !feasible.isEmpty()) {
                return failure;
            }
            var others = Status.unresolvable("node(s) didn't satisfy plugin(s) " + bracketed(restrictedBy));
            var rejections = rejected.byNode();
            var message = FitMessage.ofNodes(snapshot.nodes().size(), rejections.values(), others);
            var rejectedBy = rejected.by();
            rejectedBy.addAll(restrictedBy);
            return Optional.of(makeRoom(state, pod, snapshot, rejections, message, rejectedBy));
        }

        private Optional<Decision> tryNominated() {
            var node = profile.nominatedNode(pod).flatMap(snapshot::node);
            if (node.isEmpty()
                    || !profile.filterBesideNominated(state, pod, node.get()).passed()) {
                return Optional.empty();
            }
            feasible.add(node.get());
            var failure = askExtenders();
            if (failure.isPresent() || feasible.isEmpty()) {
                feasible.clear();
                rejected.clear();
            }
            return Optional.empty();
        }

        private Optional<Decision> filterAll() {
            var nodes = snapshot.nodes();
            int size = nodes.size();
            row = local.row(pod, size).orElse(null);
            nominations = profile.nominations().any();
            anyMore = profile.filters().stream().skip(local.filters()).anyMatch(filter -> !skipped.contains(filter));
            int wanted = enough(size);
            int start = size == 0 ? 0 : settings.cursor().next % size;
            int seen = 0;
            positions = new int[wanted];
            while (seen < size && feasible.size() < wanted) {
                int at = start + seen++;
                int position = at < size ? at : at - size;
                var node = nodes.get(position);
                var rejection = filter(node, position);
                if (rejection.passed()) {
                    positions[feasible.size()] = position;
                    feasible.add(node);
                } else if (!note(node, rejection)) {
                    return Optional.of(new Decision.Failed(failure(rejection.plugin(), rejection.status())));
                }
            }
            settings.cursor().next = size == 0 ? 0 : (start + seen) % size;
            return Optional.empty();
        }

        private Profile.Rejection filter(NodeInfo node, int position) {
            if (row == null) {
                return profile.filterBesideNominated(state, pod, node);
            }
            if (nominations) {
                var nominated = profile.nominations().on(node.name(), pod);
                if (!nominated.isEmpty()) {
                    var beside = row.filter(state, pod, node, position, skipped, nominated);
                    if (!beside.passed()) {
                        return beside;
                    }
                    return anyMore
                            ? profile.filterBesideNominated(state, pod, node)
                            : row.filter(state, pod, node, position, skipped);
                }
            }
            var rejection = row.filter(state, pod, node, position, skipped);
            return rejection.passed() && anyMore
                    ? profile.filter(
                            state,
                            pod,
                            node,
                            skipped,
                            local.filters(),
                            profile.filters().size())
                    : rejection;
        }

        private Optional<Decision> filterNamed(Set<String> names) {
            for (var name : new TreeSet<>(names)) {
                var node = snapshot.node(name);
                if (node.isPresent()) {
                    var rejection = profile.filterBesideNominated(state, pod, node.get());
                    if (rejection.passed()) {
                        feasible.add(node.get());
                    } else if (!note(node.get(), rejection)) {
                        return Optional.of(new Decision.Failed(failure(rejection.plugin(), rejection.status())));
                    }
                }
            }
            return Optional.empty();
        }

        /** Returns false if it is no rejection but a failure. */
        private boolean note(NodeInfo node, Profile.Rejection rejection) {
            if (!rejection.status().rejected()) {
                return false;
            }
            rejected.add(node, rejection);
            return true;
        }

        private Optional<Decision> askExtenders() {
            for (var extender : settings.extenders()) {
                if (feasible.isEmpty()) {
                    break;
                }
                if (!extender.filters() || !extender.interestedIn(pod)) {
                    continue;
                }
                try {
                    var answer = extender.filter(pod, feasible);
                    positions = new int[0];
                    feasible.removeIf(node -> !answer.nodes().contains(node.name()));
                    rejected.add(extender.name(), answer.rejections());
                } catch (ExtenderFailure e) {
                    if (!extender.ignorable()) {
                        return Optional.of(new Decision.Failed(String.valueOf(e.getMessage())));
                    }
                }
            }
            return Optional.empty();
        }

        private Decision best() {
            if (feasible.size() == 1) {
                return new Decision.Placed(feasible.getFirst().name(), state);
            }
            var failure = prepareScores();
            if (failure.isPresent()) {
                return failure.get();
            }
            var totals = totals();
            for (var extender : settings.extenders()) {
                if (extender.prioritizes() && extender.interestedIn(pod)) {
                    extender.prioritize(pod, feasible, totals);
                }
            }
            return new Decision.Placed(feasible.get(oneOfTheHighest(totals)).name(), state);
        }

        private Optional<Decision> prepareScores() {
            long start = metrics.start();
            for (int i = 0; i < preScores.size(); i++) {
                var plugin = preScores.get(i);
                long called = state.stopwatch().start();
                var status = plugin.preScore(state, pod, feasible, snapshot);
                state.stopwatch().stop(plugin, Call.PRE_SCORE, status.code(), called);
                if (status.skip()) {
                    silent.add(plugin);
                    continue;
                }
                preScored.asked(i);
                if (!status.success()) {
                    return Optional.of(new Decision.Failed(failure(plugin.name(), status)));
                }
            }
            metrics.ran(Call.PRE_SCORE, Status.Code.SUCCESS, profile.schedulerName(), start);
            return Optional.empty();
        }

        private long[] totals() {
            long start = metrics.start();
            var nodes = feasible.toArray(NodeInfo[]::new);
            var totals = new long[nodes.length];
            var own = new long[nodes.length];
            var known = positions.length == 0 ? null : row;
            for (int s = 0; s < scores.size(); s++) {
                var plugin = scores.get(s);
                if (silent.contains(plugin)) {
                    continue;
                }
                for (int i = 0; i < nodes.length; i++) {
                    own[i] = known != null && localScores[s] >= 0
                            ? known.score(state, pod, nodes[i], positions[i], localScores[s], silent)
                            : profile.score(plugin, s, state, pod, nodes[i]);
                }
                long called = state.stopwatch().start();
                plugin.normalize(state, pod, snapshot, nodes, own);
                state.stopwatch().stop(plugin, Call.NORMALIZE, Status.Code.SUCCESS, called);
                long weight = profile.weight(plugin);
                for (int i = 0; i < nodes.length; i++) {
                    totals[i] += weight * own[i];
                }
            }
            metrics.ran(Call.SCORE, Status.Code.SUCCESS, profile.schedulerName(), start);
            return totals;
        }
    }

    private static String bracketed(Set<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    /** source: numFeasibleNodesToFind. */
    int enough(int nodes) {
        int percentage = profile.percentage().orElse(settings.percentage());
        return enough(nodes, percentage);
    }

    static int enough(int nodes, int percentage) {
        if (nodes < FEWEST_FEASIBLE) {
            return nodes;
        }
        int percent = percentage > 0 ? percentage : Math.max(LOWEST_PERCENTAGE, 50 - nodes / 125);
        return Math.max(FEWEST_FEASIBLE, (int) ((long) nodes * percent / 100));
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
        long start = metrics.start();
        for (var plugin : postFilters) {
            long called = state.stopwatch().start();
            var result = plugin.postFilter(state, pod, snapshot, rejections, profile);
            var status = result.status();
            state.stopwatch().stop(plugin, Call.POST_FILTER, status.code(), called);
            if (status.success()) {
                metrics.ran(Call.POST_FILTER, status.code(), profile.schedulerName(), start);
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
        metrics.ran(Call.POST_FILTER, Status.Code.UNSCHEDULABLE, profile.schedulerName(), start);
        var all = said.isEmpty() ? message : message + " " + String.join(", ", said);
        return new Decision.Unfit(all, rejectedBy, nominated);
    }
}
