package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Upstream's default plugins in upstream's order (source: pkg/scheduler/apis/config/v1/default_plugins.go). */
public final class DefaultPlugins {
    /** Of the scores; 1 for those that are not named. */
    public static final Map<String, Integer> WEIGHTS =
            Map.of("TaintToleration", 3, "NodeAffinity", 2, "PodTopologySpread", 2, "InterPodAffinity", 2);

    private DefaultPlugins() {}

    /**
     * The plugins.
     *
     * @param budgets those of the cluster
     * @param likePods selectors of the pods that are to be spread together with one that has no constraints of its own
     */
    public static List<Plugin> all(
            ApiClient client,
            EventRecorder recorder,
            Supplier<List<PodDisruptionBudget>> budgets,
            Function<PodInfo, List<LabelSelector>> likePods,
            RandomGenerator random) {
        return List.of(
                new SchedulingGates(),
                new PrioritySort(),
                new NodeUnschedulable(),
                new NodeName(),
                new TaintToleration(),
                new NodeAffinity(),
                new NodePorts(),
                new NodeResourcesFit(),
                new PodTopologySpread(likePods),
                new InterPodAffinity(),
                new DynamicResources(),
                new DefaultPreemption(client, recorder, budgets, random),
                new NodeResourcesBalancedAllocation(),
                new ImageLocality(),
                new DefaultBinder(client));
    }
}
