package dev.navarch.scheduler.plugins;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.GoDuration;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Names;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.plugins.ResourceScoring.Point;
import dev.navarch.scheduler.plugins.ResourceScoring.Strategy;
import dev.navarch.scheduler.plugins.ResourceScoring.Weighted;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the arguments of upstream's plugins may be (source: pkg/scheduler/apis/config/validation/validation_pluginargs.go),
 * and what they mean.
 */
final class Arguments {
    private static final int MOST_WEIGHT = 100;
    private static final int MOST_SCORE = 10;

    private Arguments() {}

    static void known(ObjectNode arguments, Set<String> fields) {
        arguments.propertyNames().forEach(name -> {
            if (!fields.contains(name) && !name.equals("kind") && !name.equals("apiVersion")) {
                throw new ConfigurationException("strict decoding error: unknown field " + GoText.quote(name));
            }
        });
    }

    static List<FieldError> preemption(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        int percentage = arguments.path("minCandidateNodesPercentage").asInt(DefaultPreemption.PERCENT_CANDIDATES);
        int absolute = arguments.path("minCandidateNodesAbsolute").asInt(DefaultPreemption.FEWEST_CANDIDATES);
        var percentagePath = path + ".minCandidateNodesPercentage";
        var absolutePath = path + ".minCandidateNodesAbsolute";
        if (percentage < 0 || percentage > MOST_WEIGHT) {
            errors.add(FieldError.invalid(percentagePath, percentage, "not in valid range [0, 100]"));
        }
        if (absolute < 0) {
            errors.add(FieldError.invalid(absolutePath, absolute, "not in valid range [0, inf)"));
        }
        if (percentage == 0 && absolute == 0) {
            errors.add(FieldError.invalid(
                    percentagePath, percentage, "cannot be zero at the same time as minCandidateNodesAbsolute"));
            errors.add(FieldError.invalid(
                    absolutePath, absolute, "cannot be zero at the same time as minCandidateNodesPercentage"));
        }
        return errors;
    }

    static List<FieldError> affinity(String path, ObjectNode arguments) {
        int weight = arguments.path("hardPodAffinityWeight").asInt(1);
        return weight < 0 || weight > MOST_WEIGHT
                ? List.of(FieldError.invalid(path + ".hardPodAffinityWeight", weight, "not in valid range [0, 100]"))
                : List.of();
    }

    static List<FieldError> volumes(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        long timeout = arguments.path("bindTimeoutSeconds").asLong(0);
        if (timeout < 0) {
            errors.add(FieldError.invalid(
                    path + ".bindTimeoutSeconds",
                    timeout,
                    "invalid BindTimeoutSeconds, should not be a negative value"));
        }
        if (arguments.has("shape")) {
            errors.add(FieldError.invalid(
                    path + ".shape",
                    arguments.path("shape"),
                    "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring"));
        }
        return errors;
    }

    // Devices

    /** Source: validation_pluginargs.go, ValidateDynamicResourcesArgs. */
    static List<FieldError> devices(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        if (duration(arguments, "filterTimeout", Duration.ZERO).isNegative()) {
            errors.add(FieldError.invalid(
                    path + ".filterTimeout", arguments.path("filterTimeout").asString(""), "must be zero or positive"));
        }
        if (duration(arguments, "bindingTimeout", DynamicResources.BINDING_TIMEOUT)
                        .compareTo(Duration.ofSeconds(1))
                < 0) {
            errors.add(FieldError.invalid(
                    path + ".bindingTimeout",
                    arguments.path("bindingTimeout").asString(""),
                    "must be at least 1 second"));
        }
        return errors;
    }

    static Duration duration(ObjectNode arguments, String field, Duration unless) {
        var text = arguments.path(field).asString("");
        try {
            return text.isEmpty() ? unless : GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(field + ": " + e.getMessage());
        }
    }

    // Resources

    static List<FieldError> balance(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        var seen = new HashSet<String>();
        var resources = arguments.path("resources");
        for (int i = 0; i < resources.size(); i++) {
            var at = path + ".resources[" + i + "]";
            var resource = weighted(resources.get(i));
            if (!seen.add(resource.name())) {
                errors.add(FieldError.duplicate(at + ".name", resource.name()));
            }
            if (resource.weight() != 1) {
                errors.add(FieldError.invalid(at + ".weight", resource.weight(), "must be 1"));
            }
        }
        return errors;
    }

    private static Weighted weighted(JsonNode resource) {
        int weight = resource.path("weight").asInt(0);
        return new Weighted(resource.path("name").asString(""), weight == 0 ? 1 : weight);
    }

    static List<Weighted> resources(JsonNode given) {
        var resources = new ArrayList<Weighted>();
        given.forEach(resource -> resources.add(weighted(resource)));
        return resources.isEmpty() ? ResourceScoring.STANDARD : resources;
    }

    static List<FieldError> fit(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        var ignored = texts(arguments.path("ignoredResources"));
        for (int i = 0; i < ignored.size(); i++) {
            qualified(errors, path + ".ignoredResources[" + i + "]", ignored.get(i));
        }
        var groups = texts(arguments.path("ignoredResourceGroups"));
        for (int i = 0; i < groups.size(); i++) {
            var at = path + ".ignoredResourceGroups[" + i + "]";
            if (groups.get(i).contains("/")) {
                errors.add(FieldError.invalid(at, groups.get(i), "resource group name can't contain '/'"));
            }
            qualified(errors, at, groups.get(i));
        }
        if (arguments.has("scoringStrategy")) {
            strategy(errors, path + ".scoringStrategy", arguments.path("scoringStrategy"));
        }
        return errors;
    }

    private static void qualified(List<FieldError> errors, String path, String name) {
        Names.qualifiedName(name).forEach(message -> errors.add(FieldError.invalid(path, name, message)));
    }

    private static void strategy(List<FieldError> errors, String path, JsonNode strategy) {
        var type = strategy.path("type").asString("");
        var known =
                Arrays.stream(Strategy.values()).map(Strategy::text).sorted().toList();
        if (!known.contains(type)) {
            errors.add(FieldError.notSupported(path + ".type", type, known));
        }
        var resources = resources(strategy.path("resources"));
        for (int i = 0; i < resources.size(); i++) {
            int weight = resources.get(i).weight();
            if (weight <= 0 || weight > MOST_WEIGHT) {
                errors.add(FieldError.invalid(
                        path + ".resources[" + i + "].weight",
                        weight,
                        "resource weight of " + resources.get(i).name() + " not in valid range (0, 100]"));
            }
        }
        var ratioPath = path + ".requestedToCapacityRatio";
        boolean ratio = type.equals(Strategy.RATIO.text());
        boolean given = strategy.has("requestedToCapacityRatio");
        if (ratio && !given) {
            errors.add(FieldError.required(ratioPath, "must be specified when type is RequestedToCapacityRatio"));
        } else if (ratio) {
            shape(errors, ratioPath + ".shape", points(strategy.path("requestedToCapacityRatio")));
        } else if (given) {
            errors.add(FieldError.forbidden(ratioPath, "must be nil when type is not RequestedToCapacityRatio"));
        }
    }

    private static void shape(List<FieldError> errors, String path, List<Point> shape) {
        if (shape.isEmpty()) {
            errors.add(FieldError.required(path, "at least one point must be specified"));
        }
        for (int i = 1; i < shape.size(); i++) {
            int utilization = shape.get(i).utilization();
            if (shape.get(i - 1).utilization() >= utilization) {
                errors.add(FieldError.invalid(
                        path + "[" + i + "].utilization", utilization, "values must be sorted in increasing order"));
                break;
            }
        }
        for (int i = 0; i < shape.size(); i++) {
            var point = shape.get(i);
            if (point.utilization() < 0 || point.utilization() > MOST_WEIGHT) {
                errors.add(FieldError.invalid(
                        path + "[" + i + "].utilization", point.utilization(), "not in valid range [0, 100]"));
            }
            if (point.score() < 0 || point.score() > MOST_SCORE) {
                errors.add(FieldError.invalid(path + "[" + i + "].score", point.score(), "not in valid range [0, 10]"));
            }
        }
    }

    private static List<Point> points(JsonNode ratio) {
        var points = new ArrayList<Point>();
        ratio.path("shape")
                .forEach(point -> points.add(new Point(
                        point.path("utilization").asInt(0), point.path("score").asInt(0))));
        return points;
    }

    static ResourceScoring scoring(JsonNode strategy) {
        var type = strategy.path("type").asString(Strategy.LEAST.text());
        return new ResourceScoring(
                Arrays.stream(Strategy.values())
                        .filter(known -> known.text().equals(type))
                        .findFirst()
                        .orElse(Strategy.LEAST),
                resources(strategy.path("resources")),
                points(strategy.path("requestedToCapacityRatio")));
    }

    static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(text -> texts.add(text.asString("")));
        return texts;
    }

    // Spreading

    static List<FieldError> spread(String path, ObjectNode arguments) {
        var errors = new ArrayList<FieldError>();
        var type = arguments.path("defaultingType").asString("System");
        var constraints = arguments.path("defaultConstraints");
        if (!type.equals("System") && !type.equals("List")) {
            errors.add(FieldError.notSupported(path + ".defaultingType", type, List.of("System", "List")));
        } else if (type.equals("System") && !constraints.isEmpty()) {
            errors.add(FieldError.invalid(path + ".defaultingType", type, "when .defaultConstraints are not empty"));
        }
        var seen = new HashSet<String>();
        for (int i = 0; i < constraints.size(); i++) {
            var at = path + ".defaultConstraints[" + i + "]";
            constraint(errors, at, constraints.get(i));
            var what = "{" + constraints.get(i).path("topologyKey").asString("") + ", "
                    + constraints.get(i).path("whenUnsatisfiable").asString("") + "}";
            if (!seen.add(what)) {
                errors.add(FieldError.duplicate(at, what));
            }
        }
        return errors;
    }

    private static void constraint(List<FieldError> errors, String path, JsonNode constraint) {
        int skew = constraint.path("maxSkew").asInt(0);
        if (skew <= 0) {
            errors.add(FieldError.invalid(path + ".maxSkew", skew, "not in valid range (0, inf)"));
        }
        var key = constraint.path("topologyKey").asString("");
        if (key.isEmpty()) {
            errors.add(FieldError.required(path + ".topologyKey", "can not be empty"));
        } else {
            qualified(errors, path + ".topologyKey", key);
        }
        var otherwise = constraint.path("whenUnsatisfiable").asString("");
        if (otherwise.isEmpty()) {
            errors.add(FieldError.required(path + ".whenUnsatisfiable", "can not be empty"));
        } else if (!otherwise.equals(SpreadConstraint.NOT) && !otherwise.equals(SpreadConstraint.ANYWAY)) {
            errors.add(FieldError.notSupported(
                    path + ".whenUnsatisfiable", otherwise, List.of(SpreadConstraint.NOT, SpreadConstraint.ANYWAY)));
        }
        if (constraint.hasNonNull("labelSelector")) {
            errors.add(FieldError.forbidden(
                    path + ".labelSelector", "constraint must not define a selector, as they deduced for each pod"));
        }
    }

    /** Empty for upstream's own. */
    static Optional<List<TopologySpreadConstraint>> defaultConstraints(ObjectNode arguments) {
        if (!arguments.path("defaultingType").asString("System").equals("List")) {
            return Optional.empty();
        }
        var constraints = new ArrayList<TopologySpreadConstraint>();
        arguments.path("defaultConstraints").forEach(tree -> constraints.add(read(tree)));
        return Optional.of(constraints);
    }

    private static TopologySpreadConstraint read(JsonNode tree) {
        try {
            return Json.mapper().treeToValue(tree, TopologySpreadConstraint.class);
        } catch (JacksonException e) {
            throw new ConfigurationException(e.getOriginalMessage());
        }
    }
}
