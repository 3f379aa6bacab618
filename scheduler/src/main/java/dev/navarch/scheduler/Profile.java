package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The plugins of one scheduler by what they extend, in order, with the weights of their scores. */
public final class Profile implements Plugin.Trial {
    private final String schedulerName;
    private final List<Plugin> plugins;
    private final Map<String, Integer> weights;
    private final List<Plugin.PreFilter> preFilters;
    private final List<Plugin.Filter> filters;
    private final List<Plugin.TrialAware> trialAware;
    private final Nominations nominations = new Nominations();

    /** @param weights of scores by the plugin's name; 1 for others */
    public Profile(String schedulerName, List<Plugin> plugins, Map<String, Integer> weights) {
        this.schedulerName = schedulerName;
        this.plugins = List.copyOf(plugins);
        this.weights = Map.copyOf(weights);
        preFilters = all(Plugin.PreFilter.class);
        filters = all(Plugin.Filter.class);
        trialAware = all(Plugin.TrialAware.class);
    }

    /** What pods name in {@code spec.schedulerName}. */
    public String schedulerName() {
        return schedulerName;
    }

    public List<Plugin> plugins() {
        return plugins;
    }

    Nominations nominations() {
        return nominations;
    }

    int weight(Plugin plugin) {
        return weights.getOrDefault(plugin.name(), 1);
    }

    /** Those that implement an extension point. */
    <T> List<T> all(Class<T> point) {
        var found = new ArrayList<T>();
        for (var plugin : plugins) {
            if (point.isInstance(plugin)) {
                found.add(point.cast(plugin));
            }
        }
        return List.copyOf(found);
    }

    List<Plugin.PreFilter> preFilters() {
        return preFilters;
    }

    /** The first rejection of a node, and whose it is. */
    record Rejection(Status status, String plugin) {}

    /** Runs the filters that have not skipped. Returns the first rejection, or {@code passed}. */
    Rejection filter(CycleState state, PodInfo pod, NodeInfo node, SkippedPlugins skipped, Rejection passed) {
        for (int i = 0; i < filters.size(); i++) {
            var filter = filters.get(i);
            if (skipped.contains(filter)) {
                continue;
            }
            var status = filter.filter(state, pod, node);
            if (!status.success()) {
                return new Rejection(status, filter.name());
            }
        }
        return passed;
    }

    private static final Rejection PASSED = new Rejection(Status.SUCCESS, "");

    /**
     * Runs the filters as if those were on the node already that are nominated for it and not less important, and, since
     * they may never come, without them (source: runtime/framework.go, RunFilterPluginsWithNominatedPods).
     */
    Rejection filterBesideNominated(CycleState state, PodInfo pod, NodeInfo node) {
        var skipped = SkippedPlugins.of(state);
        var nominated = nominations.on(node.name(), pod);
        if (!nominated.isEmpty()) {
            var trial = start(state);
            var fuller = node;
            for (var other : nominated) {
                fuller = add(trial, pod, other, fuller);
            }
            var rejection = filter(trial, pod, fuller, skipped, PASSED);
            if (!rejection.status().success()) {
                return rejection;
            }
        }
        return filter(state, pod, node, skipped, PASSED);
    }

    @Override
    public Optional<String> nominatedNode(PodInfo pod) {
        return Optional.of(nominations.nodeOf(pod.uid())).filter(node -> !node.isEmpty());
    }

    @Override
    public CycleState start(CycleState state) {
        var copy = state.copy();
        trialAware.stream().filter(state::has).forEach(plugin -> plugin.copyState(state, copy));
        return copy;
    }

    @Override
    public NodeInfo add(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        trialAware.stream().filter(state::has).forEach(plugin -> plugin.added(state, pod, other, node));
        return node.with(other);
    }

    @Override
    public NodeInfo remove(CycleState state, PodInfo pod, PodInfo other, NodeInfo node) {
        trialAware.stream().filter(state::has).forEach(plugin -> plugin.removed(state, pod, other, node));
        return node.without(other.uid());
    }

    @Override
    public Status fits(CycleState state, PodInfo pod, NodeInfo node) {
        return filterBesideNominated(state, pod, node).status();
    }
}
