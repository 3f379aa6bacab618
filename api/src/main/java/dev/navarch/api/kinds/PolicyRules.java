package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;

/**
 * Disruption budgets.
 *
 * <p>Source: kubernetes pkg/apis/policy/validation/validation.go, pkg/registry/policy/poddisruptionbudget/strategy.go.
 */
final class PolicyRules {
    private static final List<String> COUNTS =
            List.of("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods");

    private PolicyRules() {}

    static Map<String, KindRules> all() {
        return Map.of("policy/PodDisruptionBudget", budget());
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
                .checkStatus((now, old, problems) -> {
                    At status = now.at("status");
                    ConditionChecks.check(status.at("conditions"), problems);
                    for (String count : COUNTS) {
                        problems.notNegative(status.at(count));
                    }
                })
                .build();
    }
}
