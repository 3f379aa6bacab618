package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Disruption budgets, autoscalers, quotas and limit ranges.
 *
 * <p>Source: kubernetes pkg/apis/policy, pkg/apis/autoscaling, pkg/apis/core/validation/validation.go.
 */
final class PolicyRules {
    private PolicyRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "policy/PodDisruptionBudget", budget(),
                "autoscaling/HorizontalPodAutoscaler", autoscaler(),
                "/ResourceQuota", quota(),
                "/LimitRange", limitRange());
    }

    private static KindRules budget() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .status()
                .counts("spec")
                .conditionalUpdateOnly()
                .check((budget, problems) -> {
                    At spec = budget.at("spec");
                    At least = spec.at("minAvailable");
                    At most = spec.at("maxUnavailable");
                    if (least.isSet() && most.isSet()) {
                        problems.invalid(spec, "minAvailable and maxUnavailable cannot be both set");
                    }
                    for (At share : List.of(least, most)) {
                        if (share.isSet()) {
                            WorkloadRules.share(share, problems);
                            WorkloadRules.notOverAll(share, problems);
                        }
                    }
                    ObjectMetaRules.labelSelector(spec.at("selector"), problems);
                    problems.oneOfIfSet(
                            spec.at("unhealthyPodEvictionPolicy"), List.of("AlwaysAllow", "IfHealthyBudget"));
                })
                .build();
    }

    private static KindRules autoscaler() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(autoscaler -> {
                    ObjectNode spec = At.object(autoscaler, "spec");
                    Defaults.put(spec, "minReplicas", 1);
                    boolean second = autoscaler.path("apiVersion").asString("").endsWith("/v2");
                    if (second && spec.path("metrics").isEmpty()) {
                        ObjectNode metric = spec.putArray("metrics").addObject().put("type", "Resource");
                        ObjectNode resource = metric.putObject("resource").put("name", "cpu");
                        resource.putObject("target").put("type", "Utilization").put("averageUtilization", 80);
                    }
                })
                .status()
                .check((autoscaler, problems) -> {
                    At spec = autoscaler.at("spec");
                    At least = spec.at("minReplicas");
                    At most = spec.at("maxReplicas");
                    if (least.isSet() && least.number() < 1) {
                        problems.invalid(least, "must be greater than or equal to 1");
                    }
                    if (most.number() < 1) {
                        problems.invalid(most, most.number(), "must be greater than 0");
                    }
                    if (least.isSet() && most.number() < least.number()) {
                        problems.invalid(most, most.number(), "must be greater than or equal to `minReplicas`");
                    }
                    At target = spec.at("scaleTargetRef");
                    problems.requiredGrammar(target.at("kind"), Names::pathSegment);
                    problems.requiredGrammar(target.at("name"), Names::pathSegment);
                })
                .build();
    }

    private static KindRules quota() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .status()
                .check((quota, problems) -> {
                    for (Map.Entry<String, At> hard : quota.at("spec", "hard").entries()) {
                        Names.qualifiedName(hard.getKey())
                                .forEach(complaint -> problems.invalid(hard.getValue(), hard.getKey(), complaint));
                        ResourceChecks.amount(hard.getKey(), hard.getValue(), problems);
                    }
                })
                .immutable("spec", "scopes")
                .build();
    }

    private static KindRules limitRange() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .defaults(range -> At.objects(range.path("spec").path("limits")).forEach(PolicyRules::limitDefaults))
                .check((range, problems) -> {
                    for (At limit : range.at("spec", "limits").items()) {
                        problems.requiredText(limit.at("type"));
                        for (String part : List.of("max", "min", "default", "defaultRequest")) {
                            limit.at(part)
                                    .entries()
                                    .forEach(
                                            entry -> ResourceChecks.amount(entry.getKey(), entry.getValue(), problems));
                        }
                    }
                })
                .build();
    }

    private static void limitDefaults(ObjectNode limit) {
        if (!limit.path("type").asString("").equals("Container")) {
            return;
        }
        fill(limit, "max", "default");
        fill(limit, "default", "defaultRequest");
        fill(limit, "min", "defaultRequest");
    }

    private static void fill(ObjectNode limit, String from, String to) {
        for (var entry : limit.path(from).properties()) {
            ObjectNode target = At.object(limit, to);
            if (!target.has(entry.getKey())) {
                target.set(entry.getKey(), entry.getValue());
            }
        }
    }
}
