package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Configurations of webhooks that judge or change what is written.
 *
 * <p>Source: kubernetes pkg/apis/admissionregistration/v1/defaults.go, pkg/apis/admissionregistration/validation/validation.go.
 */
final class WebhookRules {
    private static final String GROUP = "admissionregistration.k8s.io/";
    private static final List<String> REVIEW_VERSIONS = List.of("v1", "v1beta1");

    private WebhookRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                GROUP + "ValidatingWebhookConfiguration", configuration(false),
                GROUP + "MutatingWebhookConfiguration", configuration(true));
    }

    private static KindRules configuration(boolean mutating) {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .defaults(configuration -> {
                    for (ObjectNode webhook : At.objects(configuration.path("webhooks"))) {
                        defaults(webhook, mutating);
                    }
                })
                .counts("webhooks")
                .check((configuration, problems) -> {
                    Set<String> names = new HashSet<>();
                    for (At webhook : configuration.at("webhooks").items()) {
                        webhook(webhook, mutating, problems);
                        At name = webhook.at("name");
                        if (!name.isEmpty() && !names.add(name.text())) {
                            problems.duplicate(name, name.text());
                        }
                    }
                })
                .build();
    }

    private static void defaults(ObjectNode webhook, boolean mutating) {
        Defaults.put(webhook, "failurePolicy", "Fail");
        Defaults.put(webhook, "matchPolicy", "Equivalent");
        At.object(webhook, "namespaceSelector");
        At.object(webhook, "objectSelector");
        Defaults.put(webhook, "timeoutSeconds", 10);
        if (mutating) {
            Defaults.put(webhook, "reinvocationPolicy", "Never");
        }
        RuleChecks.defaults(webhook, "rules");
        if (webhook.path("clientConfig").path("service") instanceof ObjectNode service) {
            Defaults.put(service, "port", 443);
        }
    }

    private static void webhook(At webhook, boolean mutating, Problems problems) {
        RuleChecks.fullyQualified(webhook.at("name"), problems);
        webhook.at("rules").items().forEach(rule -> RuleChecks.rule(rule, problems));
        problems.oneOfIfSet(webhook.at("failurePolicy"), RuleChecks.FAILURE_POLICIES);
        problems.oneOfIfSet(webhook.at("matchPolicy"), RuleChecks.MATCH_POLICIES);
        At effects = webhook.at("sideEffects");
        if (!effects.isSet()) {
            problems.required(effects, "must specify one of None, NoneOnDryRun");
        } else if (!List.of("None", "NoneOnDryRun").contains(effects.text())) {
            problems.notSupported(effects, effects.text(), List.of("None", "NoneOnDryRun"));
        }
        At timeout = webhook.at("timeoutSeconds");
        if (timeout.isSet() && (timeout.number() < 1 || timeout.number() > 30)) {
            problems.invalid(timeout, "the timeout value must be between 1 and 30 seconds");
        }
        ObjectMetaRules.labelSelector(webhook.at("namespaceSelector"), problems);
        ObjectMetaRules.labelSelector(webhook.at("objectSelector"), problems);
        if (mutating) {
            problems.oneOfIfSet(webhook.at("reinvocationPolicy"), List.of("IfNeeded", "Never"));
        }
        RuleChecks.client(webhook.at("clientConfig"), problems);
        RuleChecks.conditions(webhook.at("matchConditions"), problems);
        versions(webhook.at("admissionReviewVersions"), problems);
    }

    private static void versions(At versions, Problems problems) {
        if (versions.isEmpty()) {
            problems.required(versions, "must specify one of v1, v1beta1");
            return;
        }
        Set<String> seen = new HashSet<>();
        for (At version : versions.items()) {
            if (!seen.add(version.text())) {
                problems.invalid(version, "duplicate version");
            } else {
                problems.grammar(version, Names::dns1035Label);
            }
        }
        if (REVIEW_VERSIONS.stream().noneMatch(seen::contains)) {
            problems.invalid(versions, "must include at least one of v1, v1beta1");
        }
    }
}
