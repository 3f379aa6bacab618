package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Horizontal pod autoscalers, in the form of {@code autoscaling/v2}.
 *
 * <p>Source: kubernetes pkg/apis/autoscaling/v2/defaults.go, pkg/apis/autoscaling/validation/validation.go.
 */
final class AutoscalerRules {
    private static final int LONGEST_PERIOD = 1800;
    private static final int LONGEST_WINDOW = 3600;
    private static final String NOT_POSITIVE = "must be greater than zero";
    private static final String NO_SOURCE = "must populate information for the given metric source";

    private static final List<String> SELECT_POLICIES = List.of("Disabled", "Max", "Min");
    private static final List<String> POLICY_TYPES = List.of("Percent", "Pods");
    private static final List<String> TARGET_TYPES = List.of("Utilization", "Value", "AverageValue");
    private static final List<String> TYPES = List.of("ContainerResource", "External", "Object", "Pods", "Resource");

    /** The fields of the types, in the order in which they are looked at. */
    private static final List<String> SOURCES = List.of("object", "external", "pods", "resource", "containerResource");

    private AutoscalerRules() {}

    static Map<String, KindRules> all() {
        return Map.of("autoscaling/HorizontalPodAutoscaler", autoscaler());
    }

    private static KindRules autoscaler() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(AutoscalerRules::defaults)
                .status()
                .check((autoscaler, problems) -> spec(autoscaler.at("spec"), problems))
                .checkCreate((autoscaler, problems) -> least(autoscaler.at("spec"), problems))
                .checkUpdate((now, old, problems) -> {
                    At before = old.at("spec", "minReplicas");
                    if (!before.isSet() || before.number() != 0) {
                        least(now.at("spec"), problems);
                    }
                })
                .checkStatus((now, old, problems) -> {
                    problems.notNegative(now.at("status", "currentReplicas"));
                    problems.notNegative(now.at("status", "desiredReplicas"));
                })
                .build();
    }

    private static void defaults(ObjectNode autoscaler) {
        ObjectNode spec = At.object(autoscaler, "spec");
        Defaults.put(spec, "minReplicas", 1);
        if (!autoscaler.path("apiVersion").asString("").endsWith("/v2")) {
            return;
        }
        if (spec.path("metrics").isEmpty()) {
            ObjectNode metric = spec.putArray("metrics").addObject().put("type", "Resource");
            ObjectNode resource = metric.putObject("resource").put("name", "cpu");
            resource.putObject("target").put("type", "Utilization").put("averageUtilization", 80);
        }
        if (spec.get("behavior") instanceof ObjectNode behavior) {
            behavior(behavior);
        }
    }

    /** Whoever speaks of one direction gets both, with what was left unsaid. */
    private static void behavior(ObjectNode behavior) {
        ObjectNode up = At.object(behavior, "scaleUp");
        Defaults.put(up, "stabilizationWindowSeconds", 0);
        Defaults.put(up, "selectPolicy", "Max");
        if (!up.hasNonNull("policies")) {
            policy(up, "Pods", 4);
            policy(up, "Percent", 100);
        }
        ObjectNode down = At.object(behavior, "scaleDown");
        Defaults.put(down, "selectPolicy", "Max");
        if (!down.hasNonNull("policies")) {
            policy(down, "Percent", 100);
        }
    }

    private static void policy(ObjectNode rules, String type, int value) {
        rules.withArray("/policies")
                .addObject()
                .put("type", type)
                .put("value", value)
                .put("periodSeconds", 15);
    }

    private static void least(At spec, Problems problems) {
        At least = spec.at("minReplicas");
        if (least.isSet() && least.number() < 1) {
            problems.invalid(least, "must be greater than or equal to 1");
        }
    }

    private static void spec(At spec, Problems problems) {
        At least = spec.at("minReplicas");
        At most = spec.at("maxReplicas");
        if (most.number() < 1) {
            problems.invalid(most, most.number(), "must be greater than 0");
        }
        if (least.isSet() && most.number() < least.number()) {
            problems.invalid(most, most.number(), "must be greater than or equal to `minReplicas`");
        }
        reference(spec.at("scaleTargetRef"), problems);
        At metrics = spec.at("metrics");
        boolean fromOutside = false;
        for (At metric : metrics.items()) {
            metric(metric, problems);
            fromOutside |= metric.at("type").is("Object") || metric.at("type").is("External");
        }
        if (least.isSet() && least.number() == 0 && !fromOutside) {
            problems.forbidden(
                    metrics, "must specify at least one Object or External metric to support scaling to zero replicas");
        }
        scaling(spec.at("behavior", "scaleUp"), problems);
        scaling(spec.at("behavior", "scaleDown"), problems);
    }

    private static void reference(At target, Problems problems) {
        problems.requiredGrammar(target.at("kind"), Names::pathSegment);
        problems.requiredGrammar(target.at("name"), Names::pathSegment);
    }

    private static void metric(At metric, Problems problems) {
        At type = metric.at("type");
        if (type.isEmpty()) {
            problems.required(type, "must specify a metric source type");
        }
        if (!TYPES.contains(type.text())) {
            problems.notSupported(type, type.text(), TYPES);
        }
        List<At> present = new ArrayList<>();
        for (String name : SOURCES) {
            At source = metric.at(name);
            if (source.isSet()) {
                present.add(source);
            }
        }
        if (!present.isEmpty()) {
            source(present.getFirst(), problems);
        }
        if (!TYPES.contains(type.text())) {
            problems.notSupported(type, type.text(), TYPES);
            return;
        }
        At expected = metric.at(SOURCES.stream()
                .filter(type.text()::equalsIgnoreCase)
                .findFirst()
                .orElseThrow());
        if (!expected.isSet()) {
            problems.required(expected, NO_SOURCE);
        }
        for (At source : present) {
            if (present.size() > 1 && !source.name().equals(expected.name())) {
                problems.forbidden(source, "must populate the given metric source only");
            }
        }
    }

    private static void source(At source, Problems problems) {
        At target = source.at("target");
        switch (source.name()) {
            case "object" -> {
                reference(source.at("describedObject"), problems);
                identifier(source.at("metric", "name"), problems);
                target(target, problems);
                value(target, "must set either a target value or averageValue", problems);
            }
            case "external" -> {
                identifier(source.at("metric", "name"), problems);
                target(target, problems);
                value(target, "must set either a target value for metric or a per-pod target", problems);
                if (target.at("value").isSet() && target.at("averageValue").isSet()) {
                    problems.forbidden(
                            target.at("value"), "may not set both a target value for metric and a per-pod target");
                }
            }
            case "pods" -> {
                identifier(source.at("metric", "name"), problems);
                target(target, problems);
                if (!target.at("averageValue").isSet()) {
                    problems.required(target.at("averageValue"), "must specify a positive target averageValue");
                }
            }
            case "resource" -> {
                if (source.at("name").isEmpty()) {
                    problems.required(source.at("name"), "must specify a resource name");
                }
                utilization(target, problems);
            }
            default -> {
                At name = source.at("name");
                if (name.isEmpty()) {
                    problems.required(name, "must specify a resource name");
                } else {
                    ResourceChecks.containerResource(name.text(), name, problems);
                }
                At container = source.at("container");
                if (container.isEmpty()) {
                    problems.required(container, "must specify a container");
                } else {
                    problems.grammar(container, Names::dns1123Label);
                }
                utilization(target, problems);
            }
        }
    }

    private static void identifier(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "must specify a metric name");
        } else {
            problems.grammar(name, Names::pathSegment);
        }
    }

    private static void value(At target, String why, Problems problems) {
        if (!target.at("value").isSet() && !target.at("averageValue").isSet()) {
            problems.required(target.at("averageValue"), why);
        }
    }

    /** What a resource's usage is to be: part of what is requested, or an amount. */
    private static void utilization(At target, Problems problems) {
        target(target, problems);
        boolean share = target.at("averageUtilization").isSet();
        boolean amount = target.at("averageValue").isSet();
        if (!share && !amount) {
            problems.required(
                    target.at("averageUtilization"), "must set either a target raw value or a target utilization");
        } else if (share && amount) {
            problems.forbidden(
                    target.at("averageValue"), "may not set both a target raw value and a target utilization");
        }
    }

    private static void target(At target, Problems problems) {
        At type = target.at("type");
        if (type.isEmpty()) {
            problems.required(type, "must specify a metric target type");
        }
        if (!TARGET_TYPES.contains(type.text())) {
            problems.invalid(type, type.text(), "must be either Utilization, Value, or AverageValue");
        }
        for (String name : List.of("value", "averageValue")) {
            At amount = target.at(name);
            ResourceChecks.quantity(amount)
                    .filter(quantity -> quantity.sign() <= 0)
                    .ifPresent(quantity -> problems.invalid(amount, quantity.toString(), "must be positive"));
        }
        At share = target.at("averageUtilization");
        if (share.isSet() && share.number() < 1) {
            problems.invalid(share, "must be greater than 0");
        }
    }

    private static void scaling(At rules, Problems problems) {
        if (!rules.isSet()) {
            return;
        }
        At window = rules.at("stabilizationWindowSeconds");
        if (window.number() < 0) {
            problems.invalid(window, "must be greater than or equal to zero");
        }
        if (window.number() > LONGEST_WINDOW) {
            problems.invalid(window, "must be less than or equal to " + LONGEST_WINDOW);
        }
        At select = rules.at("selectPolicy");
        if (select.isSet() && !SELECT_POLICIES.contains(select.text())) {
            problems.notSupported(select, SELECT_POLICIES);
        }
        At policies = rules.at("policies");
        if (policies.isEmpty()) {
            problems.required(policies, "must specify at least one Policy");
        }
        for (At policy : policies.items()) {
            if (!POLICY_TYPES.contains(policy.at("type").text())) {
                problems.notSupported(policy.at("type"), policy.at("type").text(), POLICY_TYPES);
            }
            positive(policy.at("value"), problems);
            positive(policy.at("periodSeconds"), problems);
            if (policy.at("periodSeconds").number() > LONGEST_PERIOD) {
                problems.invalid(policy.at("periodSeconds"), "must be less than or equal to " + LONGEST_PERIOD);
            }
        }
        ResourceChecks.notNegative(rules.at("tolerance"), problems);
    }

    private static void positive(At at, Problems problems) {
        if (at.number() <= 0) {
            problems.invalid(at, at.number(), NOT_POSITIVE);
        }
    }
}
