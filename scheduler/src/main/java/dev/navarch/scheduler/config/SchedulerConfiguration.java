package dev.navarch.scheduler.config;

import dev.navarch.scheduler.framework.ExtensionPoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a scheduler is told (source: kube-scheduler config/v1/types.go).
 *
 * @param profiles each schedules the pods that name it
 * @param percentageOfNodesToScore 0 for one that follows the cluster's size
 * @param podInitialBackoff after a pod's first failure; doubles with each further one
 */
public record SchedulerConfiguration(
        List<Profile> profiles,
        int percentageOfNodesToScore,
        Duration podInitialBackoff,
        Duration podMaxBackoff,
        List<Extender> extenders) {
    public static final String DEFAULT_NAME = "default-scheduler";

    public SchedulerConfiguration {
        profiles = List.copyOf(profiles);
        extenders = List.copyOf(extenders);
    }

    /** Upstream's defaults. */
    public static SchedulerConfiguration standard() {
        return new SchedulerConfiguration(
                List.of(new Profile(DEFAULT_NAME, OptionalInt.empty(), PluginSet.NONE, Map.of(), Map.of())),
                0,
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                List.of());
    }

    /**
     * A scheduler of its own name.
     *
     * @param percentageOfNodesToScore instead of that of all profiles
     * @param everywhere plugins for all their extension points, beside the defaults ({@code multiPoint})
     * @param plugins for one extension point
     * @param arguments by plugin
     */
    public record Profile(
            String schedulerName,
            OptionalInt percentageOfNodesToScore,
            PluginSet everywhere,
            Map<ExtensionPoint, PluginSet> plugins,
            Map<String, ObjectNode> arguments) {
        public Profile {
            plugins = Map.copyOf(plugins);
            arguments = Map.copyOf(arguments);
        }

        PluginSet at(ExtensionPoint point) {
            return plugins.getOrDefault(point, PluginSet.NONE);
        }
    }

    /** @param disabled names; {@code *} for all */
    public record PluginSet(List<Enabled> enabled, Set<String> disabled) {
        public static final PluginSet NONE = new PluginSet(List.of(), Set.of());

        /** @param weight of its scores; 0 for the default */
        public record Enabled(String name, int weight) {}

        public PluginSet {
            enabled = List.copyOf(enabled);
            disabled = Set.copyOf(disabled);
        }

        boolean disables(String name) {
            return disabled.contains(name) || disabled.contains("*");
        }
    }

    /**
     * A scheduler's helper that is asked over HTTP (source: config/v1/types.go, Extender).
     *
     * @param filterVerb appended to the prefix; this and the other verbs are empty for what it can't do
     * @param tls what is known of its certificate and ours; empty for none
     * @param nodeCacheCapable whether names of nodes do, instead of nodes
     * @param managedResources it is only asked about pods that request one of these, if there are any
     * @param ignoredByScheduler of these, those that don't count when it is tried whether a pod fits
     * @param ignorable whether pods are scheduled while it fails
     */
    public record Extender(
            String urlPrefix,
            String filterVerb,
            String preemptVerb,
            String prioritizeVerb,
            int weight,
            String bindVerb,
            boolean enableHttps,
            Optional<JsonNode> tls,
            Duration timeout,
            boolean nodeCacheCapable,
            Set<String> managedResources,
            Set<String> ignoredByScheduler,
            boolean ignorable) {
        public Extender {
            managedResources = Set.copyOf(managedResources);
            ignoredByScheduler = Set.copyOf(ignoredByScheduler);
        }
    }
}
