package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.ExtensionPoint;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Stopwatch.Call;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The plugins of one scheduler's name by what they extend, in order, with the weights of their scores. */
public final class Profile implements Plugin.Trial {
    private static final Rejection PASSED = new Rejection(Status.SUCCESS, "");

    private final String schedulerName;
    private final Map<ExtensionPoint, List<Plugin>> points;
    private final Map<String, Integer> weights;
    private final OptionalInt percentage;
    private final Nominations nominations;
    private final List<Plugin> plugins;
    private final List<Plugin.PreFilter> preFilters;
    private final List<Plugin.Filter> filters;
    private final List<Plugin.TrialAware> trialAware;
    private final Evaluations evaluations;
    private final Evaluations.Point filtered;
    private final Evaluations.Point scored;

    /**
     * @param weights of scores by the plugin's name; 1 for others
     * @param percentage of nodes to score, if this profile has one of its own
     */
    Profile(
            String schedulerName,
            Map<ExtensionPoint, List<Plugin>> points,
            Map<String, Integer> weights,
            OptionalInt percentage,
            Nominations nominations) {
        this.schedulerName = schedulerName;
        this.points = Map.copyOf(points);
        this.weights = Map.copyOf(weights);
        this.percentage = percentage;
        this.nominations = nominations;
        var all = new LinkedHashSet<Plugin>();
        for (var point : ExtensionPoint.values()) {
            all.addAll(points.getOrDefault(point, List.of()));
        }
        plugins = List.copyOf(all);
        preFilters = all(Plugin.PreFilter.class);
        filters = all(Plugin.Filter.class);
        trialAware = preFilters.stream()
                .filter(Plugin.TrialAware.class::isInstance)
                .map(Plugin.TrialAware.class::cast)
                .toList();
        evaluations = new Evaluations(this);
        filtered = evaluations.at(Call.FILTER);
        scored = evaluations.at(Call.SCORE);
    }

    /** Plugins at all the points that they implement. */
    static Profile of(String schedulerName, List<Plugin> plugins, Map<String, Integer> weights) {
        var points = new EnumMap<ExtensionPoint, List<Plugin>>(ExtensionPoint.class);
        for (var point : ExtensionPoint.values()) {
            points.put(point, plugins.stream().filter(point.type()::isInstance).toList());
        }
        return new Profile(schedulerName, points, weights, OptionalInt.empty(), new Nominations());
    }

    /** What pods name in {@code spec.schedulerName}. */
    public String schedulerName() {
        return schedulerName;
    }

    public List<Plugin> plugins() {
        return plugins;
    }

    OptionalInt percentage() {
        return percentage;
    }

    Nominations nominations() {
        return nominations;
    }

    int weight(Plugin plugin) {
        return weights.getOrDefault(plugin.name(), 1);
    }

    /** Those of an extension point. */
    <T extends Plugin> List<T> all(Class<T> point) {
        for (var entry : points.entrySet()) {
            if (entry.getKey().type() == point) {
                return entry.getValue().stream().map(point::cast).toList();
            }
        }
        return List.of();
    }

    List<Plugin.PreFilter> preFilters() {
        return preFilters;
    }

    List<Plugin.Filter> filters() {
        return filters;
    }

    /** How often the plugins were asked. */
    Evaluations evaluations() {
        return evaluations;
    }

    /** The first rejection of a node, and whose it is. */
    record Rejection(Status status, String plugin) {
        boolean passed() {
            return this == PASSED;
        }
    }

    /** Runs filters that have not skipped, in order. Returns the first rejection. */
    Rejection filter(CycleState state, PodInfo pod, NodeInfo node, SkippedPlugins skipped, int from, int to) {
        for (int i = from; i < to; i++) {
            var filter = filters.get(i);
            if (skipped.contains(filter)) {
                continue;
            }
            filtered.asked(i);
            long start = state.stopwatch().start();
            var status = filter.filter(state, pod, node);
            state.stopwatch().stop(filter, Call.FILTER, status.code(), start);
            if (!status.success()) {
                return new Rejection(status, filter.name());
            }
        }
        return PASSED;
    }

    /** @param at which of the scores it is */
    long score(Plugin.Score plugin, int at, CycleState state, PodInfo pod, NodeInfo node) {
        scored.asked(at);
        long start = state.stopwatch().start();
        long score = plugin.score(state, pod, node);
        state.stopwatch().stop(plugin, Call.SCORE, Status.Code.SUCCESS, start);
        return score;
    }

    private Rejection filter(CycleState state, PodInfo pod, NodeInfo node) {
        return filter(state, pod, node, SkippedPlugins.of(state), 0, filters.size());
    }

    /**
     * Runs the filters as if those were on the node already that are nominated for it and not less important, and, since
     * they may never come, without them (source: runtime/framework.go, RunFilterPluginsWithNominatedPods).
     */
    Rejection filterBesideNominated(CycleState state, PodInfo pod, NodeInfo node) {
        var nominated = nominations.on(node.name(), pod);
        if (!nominated.isEmpty()) {
            var trial = start(state);
            var fuller = node;
            for (var other : nominated) {
                fuller = add(trial, pod, other, fuller);
            }
            var rejection = filter(trial, pod, fuller);
            if (!rejection.passed()) {
                return rejection;
            }
        }
        return filter(state, pod, node);
    }

    @Override
    public Optional<String> nominatedNode(PodInfo pod) {
        return Optional.of(nominations.nodeOf(pod.uid())).filter(node -> !node.isEmpty());
    }

    @Override
    public Optional<Object> signature(CycleState state, PodInfo pod) {
        var skipped = SkippedPlugins.of(state);
        var signature = new ArrayList<>(filters.size());
        for (var filter : filters) {
            if (filter instanceof Plugin.NodeLocal local) {
                signature.add(local.signature(pod));
            } else if (!skipped.contains(filter)) {
                return Optional.empty();
            }
        }
        return Optional.of(signature);
    }

    @Override
    public List<PodInfo> nominated(PodInfo pod, NodeInfo node) {
        return nominations.on(node.name(), pod);
    }

    @Override
    public CycleState start(CycleState state) {
        var copy = state.copy();
        for (var plugin : trialAware) {
            if (state.has(plugin)) {
                plugin.copyState(state, copy);
            }
        }
        return copy;
    }

    @Override
    public NodeInfo add(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        for (var plugin : trialAware) {
            if (state.has(plugin)) {
                long start = state.stopwatch().start();
                plugin.added(state, pod, other, node);
                state.stopwatch().stop(plugin, Call.ADD_POD, Status.Code.SUCCESS, start);
            }
        }
        return node.with(other);
    }

    @Override
    public NodeInfo remove(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        for (var plugin : trialAware) {
            if (state.has(plugin)) {
                long start = state.stopwatch().start();
                plugin.removed(state, pod, other, node);
                state.stopwatch().stop(plugin, Call.REMOVE_POD, Status.Code.SUCCESS, start);
            }
        }
        return node.without(other.uid());
    }

    @Override
    public Status fits(CycleState state, PodInfo pod, NodeInfo node) {
        return filterBesideNominated(state, pod, node).status();
    }
}
