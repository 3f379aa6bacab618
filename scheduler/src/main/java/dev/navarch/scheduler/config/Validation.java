package dev.navarch.scheduler.config;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.Names;
import dev.navarch.scheduler.config.SchedulerConfiguration.Extender;
import dev.navarch.scheduler.config.SchedulerConfiguration.PluginSet;
import dev.navarch.scheduler.framework.ExtensionPoint;
import dev.navarch.scheduler.framework.PluginFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a configuration may not say (source: pkg/scheduler/apis/config/validation/validation.go). */
final class Validation {
    private static final Set<String> REMOVED = Set.of("AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits");
    private static final String REMOVED_SINCE = "was invalid in version \"kubescheduler.config.k8s.io/v1\""
            + " (KubeSchedulerConfiguration is version \"kubescheduler.config.k8s.io/v1\")";

    private final List<FieldError> errors;
    private final Map<String, PluginFactory> factories;

    Validation(List<FieldError> errors, Map<String, PluginFactory> factories) {
        this.errors = errors;
        this.factories = factories;
    }

    void check(JsonNode tree, SchedulerConfiguration read) {
        leaderElection(tree.path("leaderElection"));
        int parallelism = tree.path("parallelism").asInt(16);
        if (parallelism <= 0) {
            invalid("parallelism", parallelism, "should be an integer value greater than zero");
        }
        profiles(tree.path("profiles"), read.profiles());
        percentage("percentageOfNodesToScore", read.percentageOfNodesToScore());
        if (!read.podInitialBackoff().isPositive()) {
            invalid("podInitialBackoffSeconds", read.podInitialBackoff().toSeconds(), "must be greater than 0");
        }
        if (read.podMaxBackoff().compareTo(read.podInitialBackoff()) < 0) {
            invalid(
                    "podMaxBackoffSeconds",
                    read.podMaxBackoff().toSeconds(),
                    "must be greater than or equal to PodInitialBackoffSeconds");
        }
        extenders(read.extenders());
    }

    private void invalid(String path, Object value, String detail) {
        errors.add(FieldError.invalid(path, value, detail));
    }

    private void leaderElection(JsonNode tree) {
        var lock = tree.path("resourceLock").asString("leases");
        if (tree.path("leaderElect").asBoolean(true) && !lock.equals("leases")) {
            invalid("leaderElection.resourceLock", lock, "resourceLock value must be \"leases\"");
        }
    }

    private void percentage(String path, int percentage) {
        if (percentage < 0 || percentage > 100) {
            invalid(path, percentage, "not in valid range [0-100]");
        }
    }

    private void profiles(JsonNode trees, List<SchedulerConfiguration.Profile> profiles) {
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < profiles.size(); i++) {
            var profile = profiles.get(i);
            var path = "profiles[" + i + "]";
            if (profile.schedulerName().isEmpty()) {
                errors.add(FieldError.required(path + ".schedulerName", ""));
            }
            profile.percentageOfNodesToScore()
                    .ifPresent(percentage -> percentage(path + ".percentageOfNodesToScore", percentage));
            for (var point : ExtensionPoint.values()) {
                removed(path + ".plugins." + point.field(), profile.at(point));
            }
            pluginConfig(path, trees.path(i).path("pluginConfig"));
            var other = seen.putIfAbsent(profile.schedulerName(), i);
            if (other != null) {
                errors.add(FieldError.duplicate(path + ".schedulerName", "profiles[" + other + "].schedulerName"));
            }
        }
        queueSort(profiles);
    }

    private void removed(String path, PluginSet set) {
        for (int i = 0; i < set.enabled().size(); i++) {
            var name = set.enabled().get(i).name();
            if (REMOVED.contains(name)) {
                invalid(path + ".enabled[" + i + "]", name, REMOVED_SINCE);
            }
        }
    }

    private void pluginConfig(String profile, JsonNode entries) {
        var seen = new HashSet<String>();
        for (int i = 0; i < entries.size(); i++) {
            var path = profile + ".pluginConfig[" + i + "]";
            var name = entries.get(i).path("name").asString("");
            if (!seen.add(name)) {
                errors.add(FieldError.duplicate(path, name));
            }
            var factory = factories.get(name);
            var arguments = entries.get(i).path("args");
            if (REMOVED.contains(name)) {
                invalid(path, name, REMOVED_SINCE);
            } else if (factory != null && arguments instanceof ObjectNode object) {
                kind(path + ".args", name, object);
                errors.addAll(factory.validate(path + ".args", object));
            } else if (factory != null && !arguments.isMissingNode()) {
                invalid(path + ".args", arguments, "has to match plugin args");
            }
        }
    }

    private void kind(String path, String name, ObjectNode arguments) {
        var kind = arguments.path("kind").asString("");
        if (!kind.isEmpty() && !kind.equals(name + "Args")) {
            invalid(path, kind, "has to match plugin args");
        }
    }

    private void queueSort(List<SchedulerConfiguration.Profile> profiles) {
        var canon = profiles.getFirst().at(ExtensionPoint.QUEUE_SORT);
        if (canon.enabled().size() > 1) {
            invalid(
                    "profiles[0].plugins.queueSort.Enabled",
                    canon.enabled().size(),
                    "only one queue sort plugin can be enabled");
        }
        var arguments = canon.enabled().isEmpty() ? null : arguments(profiles.getFirst(), canon);
        for (int i = 1; i < profiles.size(); i++) {
            var other = profiles.get(i).at(ExtensionPoint.QUEUE_SORT);
            if (!other.equals(canon)) {
                invalid("profiles[" + i + "].plugins.queueSort", names(other), "must be the same for all profiles");
            }
            if (arguments != null && !arguments.equals(arguments(profiles.get(i), canon))) {
                invalid(
                        "profiles[" + i + "].pluginConfig.args",
                        arguments(profiles.get(i), canon),
                        "queueSort must be the same for all profiles");
            }
        }
    }

    private static Object arguments(SchedulerConfiguration.Profile profile, PluginSet sort) {
        var given = profile.arguments().get(sort.enabled().getFirst().name());
        return given == null ? "" : given;
    }

    private static List<String> names(PluginSet set) {
        return set.enabled().stream().map(PluginSet.Enabled::name).toList();
    }

    private void extenders(List<Extender> extenders) {
        int binders = 0;
        var managed = new HashSet<String>();
        for (int i = 0; i < extenders.size(); i++) {
            var extender = extenders.get(i);
            var path = "extenders[" + i + "]";
            if (!extender.prioritizeVerb().isEmpty() && extender.weight() <= 0) {
                invalid(path + ".weight", extender.weight(), "must have a positive weight applied to it");
            }
            binders += extender.bindVerb().isEmpty() ? 0 : 1;
            int j = 0;
            for (var resource : extender.managedResources()) {
                var at = path + ".managedResources[" + j++ + "].name";
                var wrong = Names.qualifiedName(resource);
                wrong.forEach(message -> invalid(at, resource, message));
                if (wrong.isEmpty()
                        && (!resource.contains("/")
                                || resource.contains("kubernetes.io/")
                                || resource.startsWith("requests."))) {
                    invalid(at, resource, "is an invalid extended resource name");
                }
                if (!managed.add(resource)) {
                    invalid(at, resource, "duplicate extender managed resource name");
                }
            }
        }
        if (binders > 1) {
            invalid(
                    "extenders",
                    "found " + binders + " extenders implementing bind",
                    "only one extender can implement bind");
        }
    }
}
