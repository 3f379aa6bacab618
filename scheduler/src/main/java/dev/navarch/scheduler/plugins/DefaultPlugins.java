package dev.navarch.scheduler.plugins;

import dev.navarch.api.FieldError;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.config.SchedulerConfiguration.PluginSet.Enabled;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PluginFactory;
import dev.navarch.scheduler.plugins.ResourceScoring.Weighted;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** Upstream's default plugins in upstream's order (source: pkg/scheduler/apis/config/v1/default_plugins.go). */
public final class DefaultPlugins {
    private DefaultPlugins() {}

    /** Which are enabled at all their extension points, with the weights of their scores; 0 for 1. */
    public static final List<Enabled> ENABLED = List.of(
            new Enabled("SchedulingGates", 0),
            new Enabled("PrioritySort", 0),
            new Enabled("NodeUnschedulable", 0),
            new Enabled("NodeName", 0),
            new Enabled("TaintToleration", 3),
            new Enabled("NodeAffinity", 2),
            new Enabled("NodePorts", 0),
            new Enabled("NodeResourcesFit", 1),
            new Enabled("VolumeRestrictions", 0),
            new Enabled("NodeVolumeLimits", 0),
            new Enabled("VolumeBinding", 0),
            new Enabled("VolumeZone", 0),
            new Enabled("PodTopologySpread", 2),
            new Enabled("InterPodAffinity", 2),
            new Enabled("DynamicResources", 2),
            new Enabled("DefaultPreemption", 0),
            new Enabled("NodeResourcesBalancedAllocation", 1),
            new Enabled("ImageLocality", 1),
            new Enabled("DefaultBinder", 0),
            new Enabled("NodeDeclaredFeatures", 0));

    /** How each is made. */
    public static List<PluginFactory> factories() {
        return List.of(
                plain("SchedulingGates", _ -> new SchedulingGates()),
                plain("PrioritySort", _ -> new PrioritySort()),
                plain("NodeUnschedulable", _ -> new NodeUnschedulable()),
                plain("NodeName", _ -> new NodeName()),
                plain("TaintToleration", _ -> new TaintToleration()),
                new BuiltIn(
                        "NodeAffinity",
                        Set.of("addedAffinity"),
                        (_, _) -> List.of(),
                        (arguments, _) -> new NodeAffinity(addedAffinity(arguments))),
                plain("NodePorts", _ -> new NodePorts()),
                new BuiltIn(
                        "NodeResourcesFit",
                        Set.of("ignoredResources", "ignoredResourceGroups", "scoringStrategy"),
                        Arguments::fit,
                        (arguments, handle) -> new NodeResourcesFit(
                                Arguments.scoring(arguments.path("scoringStrategy")),
                                new HashSet<>(Arguments.texts(arguments.path("ignoredResources"))),
                                new HashSet<>(Arguments.texts(arguments.path("ignoredResourceGroups"))),
                                Optional.of(
                                        handle.shared(ExtendedResources.class, () -> new ExtendedResources(handle))))),
                plain("VolumeRestrictions", VolumeRestrictions::new),
                plain("NodeVolumeLimits", NodeVolumeLimits::new),
                new BuiltIn(
                        "VolumeBinding",
                        Set.of("bindTimeoutSeconds", "shape"),
                        Arguments::volumes,
                        (arguments, handle) -> new VolumeBinding(
                                handle, arguments.path("bindTimeoutSeconds").asLong(VolumeBinding.TIMEOUT_SECONDS))),
                plain("VolumeZone", VolumeZone::new),
                new BuiltIn(
                        "PodTopologySpread",
                        Set.of("defaultConstraints", "defaultingType"),
                        Arguments::spread,
                        (arguments, handle) ->
                                new PodTopologySpread(handle::selectorsOf, Arguments.defaultConstraints(arguments))),
                new BuiltIn(
                        "InterPodAffinity",
                        Set.of("hardPodAffinityWeight", "ignorePreferredTermsOfExistingPods"),
                        Arguments::affinity,
                        (arguments, _) -> new InterPodAffinity(
                                arguments.path("hardPodAffinityWeight").asInt(1),
                                arguments
                                        .path("ignorePreferredTermsOfExistingPods")
                                        .asBoolean(false))),
                new BuiltIn(
                        "DynamicResources",
                        Set.of("filterTimeout", "bindingTimeout"),
                        Arguments::devices,
                        (arguments, handle) -> new DynamicResources(
                                handle,
                                Arguments.duration(arguments, "filterTimeout", DynamicResources.FILTER_TIMEOUT),
                                Arguments.duration(arguments, "bindingTimeout", DynamicResources.BINDING_TIMEOUT))),
                new BuiltIn(
                        "DefaultPreemption",
                        Set.of("minCandidateNodesPercentage", "minCandidateNodesAbsolute"),
                        Arguments::preemption,
                        (arguments, handle) -> new DefaultPreemption(
                                handle,
                                arguments
                                        .path("minCandidateNodesPercentage")
                                        .asInt(DefaultPreemption.PERCENT_CANDIDATES),
                                arguments
                                        .path("minCandidateNodesAbsolute")
                                        .asInt(DefaultPreemption.FEWEST_CANDIDATES))),
                new BuiltIn(
                        "NodeResourcesBalancedAllocation",
                        Set.of("resources"),
                        Arguments::balance,
                        (arguments, _) -> new NodeResourcesBalancedAllocation(
                                Arguments.resources(arguments.path("resources")).stream()
                                        .map(Weighted::name)
                                        .toList())),
                plain("ImageLocality", _ -> new ImageLocality()),
                plain("DefaultBinder", handle -> new DefaultBinder(handle.client())),
                plain("NodeDeclaredFeatures", _ -> new NodeDeclaredFeatures()));
    }

    private static PluginFactory plain(String name, Function<Handle, Plugin> make) {
        return new BuiltIn(name, Set.of(), (_, _) -> List.of(), (_, handle) -> make.apply(handle));
    }

    private static Optional<io.fabric8.kubernetes.api.model.NodeAffinity> addedAffinity(ObjectNode arguments) {
        var added = arguments.path("addedAffinity");
        try {
            return added.isObject()
                    ? Optional.of(Json.mapper().treeToValue(added, io.fabric8.kubernetes.api.model.NodeAffinity.class))
                    : Optional.empty();
        } catch (JacksonException e) {
            throw new ConfigurationException(e.getOriginalMessage());
        }
    }

    /** @param fields that arguments may have */
    private record BuiltIn(
            String name,
            Set<String> fields,
            BiFunction<String, ObjectNode, List<FieldError>> check,
            BiFunction<ObjectNode, Handle, Plugin> make)
            implements PluginFactory {

        @Override
        public List<FieldError> validate(String path, ObjectNode arguments) {
            try {
                Arguments.known(arguments, fields);
            } catch (ConfigurationException e) {
                throw new ConfigurationException(
                        "decoding " + path + ": decoding args for plugin " + name + ": " + e.getMessage());
            }
            return check.apply(path, arguments);
        }

        @Override
        public Plugin create(ObjectNode arguments, Handle handle) {
            return make.apply(arguments, handle);
        }
    }
}
