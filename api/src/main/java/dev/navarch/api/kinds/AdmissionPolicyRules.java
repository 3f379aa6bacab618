package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.ReservedWords;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Policies that judge or change what is written, and what they are bound to. Whether expressions compile is checked
 * elsewhere.
 *
 * <p>Source: kubernetes pkg/apis/admissionregistration/v1/defaults.go, pkg/apis/admissionregistration/validation/validation.go.
 */
final class AdmissionPolicyRules {
    private static final String GROUP = "admissionregistration.k8s.io/";
    private static final int MOST_AUDIT_ANNOTATIONS = 20;
    private static final int LONGEST_VALUE_EXPRESSION = 5 * 1024;
    private static final List<String> REASONS =
            List.of("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");

    private AdmissionPolicyRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                GROUP + "ValidatingAdmissionPolicy", validating(),
                GROUP + "ValidatingAdmissionPolicyBinding", binding(true),
                GROUP + "MutatingAdmissionPolicy", mutating(),
                GROUP + "MutatingAdmissionPolicyBinding", binding(false));
    }

    private static Kind.Builder policy() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .defaults(Defaults.spec(spec -> {
                    Defaults.put(spec, "failurePolicy", "Fail");
                    matchDefaults(spec, "matchConstraints");
                }))
                .counts("spec");
    }

    private static void matchDefaults(ObjectNode spec, String field) {
        if (spec.path(field) instanceof ObjectNode match) {
            Defaults.put(match, "matchPolicy", "Equivalent");
            At.object(match, "namespaceSelector");
            At.object(match, "objectSelector");
            RuleChecks.defaults(match, "resourceRules");
            RuleChecks.defaults(match, "excludeResourceRules");
        }
    }

    private static KindRules validating() {
        return policy().status()
                .check((policy, problems) -> {
                    At spec = policy.at("spec");
                    head(spec, problems);
                    validations(spec, policy.at("metadata", "name").text(), problems);
                })
                .checkStatus((now, old, problems) -> status(now.at("status"), problems))
                .build();
    }

    private static KindRules mutating() {
        return policy().check((policy, problems) -> {
                    At spec = policy.at("spec");
                    head(spec, problems);
                    At mutations = spec.at("mutations");
                    if (mutations.isEmpty()) {
                        problems.required(mutations, "mutations must contain at least one item");
                    }
                    mutations.items().forEach(mutation -> mutation(mutation, problems));
                    problems.oneOf(spec.at("reinvocationPolicy"), List.of("IfNeeded", "Never"));
                })
                .build();
    }

    private static void head(At spec, Problems problems) {
        problems.oneOf(spec.at("failurePolicy"), RuleChecks.FAILURE_POLICIES);
        if (spec.at("paramKind").isSet()) {
            paramKind(spec.at("paramKind"), problems);
        }
        At match = spec.at("matchConstraints");
        if (!match.isSet()) {
            problems.required(match, "");
        } else {
            match(match, problems);
            problems.requiredText(match.at("resourceRules"));
        }
        RuleChecks.conditions(spec.at("matchConditions"), problems);
        for (At variable : spec.at("variables").items()) {
            At name = variable.at("name");
            if (name.text().isBlank()) {
                problems.required(name, "name is not specified");
            } else if (!isIdentifier(name.text())) {
                problems.invalid(name, "name is not a valid CEL identifier");
            }
            if (variable.at("expression").text().isBlank()) {
                problems.required(variable.at("expression"), "expression is not specified");
            }
        }
    }

    private static boolean isIdentifier(String text) {
        return Names.cIdentifier(text).isEmpty() && !ReservedWords.contain(text);
    }

    private static void paramKind(At kind, Problems problems) {
        At version = kind.at("apiVersion");
        String[] parts = version.text().split("/", -1);
        if (version.isEmpty()) {
            problems.required(version, "");
        } else if (parts.length > 2) {
            problems.invalid(version, "unexpected GroupVersion string: " + version.text());
        } else {
            String group = parts.length == 2 ? parts[0] : "";
            String own = parts[parts.length - 1];
            List<String> complaints = group.isEmpty() ? List.of() : Names.dns1123Subdomain(group);
            if (!complaints.isEmpty()) {
                problems.invalid(version, group, String.join(",", complaints));
            }
            if (own.isEmpty()) {
                problems.invalid(version, "version must be specified");
            } else if (!Names.dns1035Label(own).isEmpty()) {
                problems.invalid(version, own, String.join(",", Names.dns1035Label(own)));
            }
        }
        At name = kind.at("kind");
        List<String> complaints = Names.dns1035Label(name.text().toLowerCase(Locale.ROOT));
        if (name.isEmpty()) {
            problems.required(name, "");
        } else if (!complaints.isEmpty()) {
            problems.invalid(name, "may have mixed case, but should otherwise match: " + String.join(",", complaints));
        }
    }

    private static void match(At match, Problems problems) {
        problems.oneOf(match.at("matchPolicy"), RuleChecks.MATCH_POLICIES);
        for (String field : List.of("namespaceSelector", "objectSelector")) {
            if (!match.at(field).isSet()) {
                problems.required(match.at(field), "");
            }
            ObjectMetaRules.labelSelector(match.at(field), problems);
        }
        for (String field : List.of("resourceRules", "excludeResourceRules")) {
            for (At rule : match.at(field).items()) {
                rule.at("resourceNames").items().forEach(name -> problems.grammar(name, Names::pathSegment));
                problems.unique(rule.at("resourceNames"), At::text);
                RuleChecks.rule(rule, problems);
            }
        }
    }

    private static void validations(At spec, String policy, Problems problems) {
        At validations = spec.at("validations");
        At annotations = spec.at("auditAnnotations");
        if (validations.isEmpty() && annotations.isEmpty()) {
            String one = "validations or auditAnnotations must contain at least one item";
            problems.required(validations, one);
            problems.required(annotations, one);
            return;
        }
        validations.items().forEach(validation -> validation(validation, problems));
        if (annotations.size() > MOST_AUDIT_ANNOTATIONS) {
            problems.invalid(annotations, "must not have more than " + MOST_AUDIT_ANNOTATIONS + " auditAnnotations");
        }
        Set<String> keys = new HashSet<>();
        for (At annotation : annotations.items()) {
            At key = annotation.at("key");
            String qualified = policy + "/" + key.text();
            Names.qualifiedName(qualified).forEach(complaint -> problems.invalid(key, qualified, complaint));
            At value = annotation.at("valueExpression");
            String expression = value.text().strip();
            if (expression.isEmpty()) {
                problems.required(value, "valueExpression is not specified");
            } else if (Names.utf8Length(expression) > LONGEST_VALUE_EXPRESSION) {
                problems.required(value, "must not exceed " + LONGEST_VALUE_EXPRESSION + " bytes in length");
            }
            if (!keys.add(key.text())) {
                problems.duplicate(key, key.text());
            }
        }
    }

    private static void validation(At validation, Problems problems) {
        if (validation.at("expression").text().isBlank()) {
            problems.required(validation.at("expression"), "expression is not specified");
        }
        At expression = validation.at("messageExpression");
        if (!expression.isEmpty() && expression.text().isBlank()) {
            problems.invalid(expression, "must be non-empty if specified");
        }
        At message = validation.at("message");
        if (!message.isEmpty() && message.text().isBlank()) {
            problems.invalid(message, "message must be non-empty if specified");
        } else if (message.text().strip().chars().anyMatch(c -> c == '\n' || c == '\r')) {
            problems.invalid(message, "message must not contain line breaks");
        }
        if (validation.at("reason").isSet()
                && !REASONS.contains(validation.at("reason").text())) {
            problems.notSupported(validation.at("reason"), REASONS);
        }
    }

    private static void mutation(At mutation, Problems problems) {
        At type = mutation.at("patchType");
        problems.oneOf(type, List.of("ApplyConfiguration", "JSONPatch"));
        Map<String, String> fields = Map.of("ApplyConfiguration", "applyConfiguration", "JSONPatch", "jsonPatch");
        String field = fields.get(type.text());
        if (field != null && mutation.at(field, "expression").text().isBlank()) {
            problems.required(mutation.at(field, "expression"), "expression is not specified");
        }
    }

    private static void status(At status, Problems problems) {
        for (At warning : status.at("typeChecking", "expressionWarnings").items()) {
            problems.requiredText(warning.at("warning"));
            problems.requiredText(warning.at("fieldRef"));
        }
        ConditionChecks.check(status.at("conditions"), problems);
    }

    private static KindRules binding(boolean validates) {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .defaults(Defaults.spec(spec -> {
                    matchDefaults(spec, "matchResources");
                    if (spec.path("paramRef") instanceof ObjectNode reference) {
                        Defaults.put(reference, "parameterNotFoundAction", "Deny");
                    }
                }))
                .counts("spec")
                .check((binding, problems) -> {
                    At spec = binding.at("spec");
                    problems.requiredGrammar(spec.at("policyName"), Names::dns1123Subdomain);
                    if (spec.at("paramRef").isSet()) {
                        reference(spec.at("paramRef"), problems);
                    }
                    if (spec.at("matchResources").isSet()) {
                        match(spec.at("matchResources"), problems);
                    }
                    if (validates) {
                        actions(spec.at("validationActions"), problems);
                    }
                })
                .build();
    }

    private static void reference(At reference, Problems problems) {
        At name = reference.at("name");
        At selector = reference.at("selector");
        String exclusive = "name and selector are mutually exclusive";
        problems.grammarIfSet(name, Names::pathSegment);
        if (!name.isEmpty() && selector.isSet()) {
            problems.forbidden(name, exclusive);
        }
        ObjectMetaRules.labelSelector(selector, problems);
        if (!name.isEmpty() && selector.isSet()) {
            problems.forbidden(selector, exclusive);
        }
        if (name.isEmpty() && !selector.isSet()) {
            problems.required(reference, "one of name or selector must be specified");
        }
        problems.oneOf(reference.at("parameterNotFoundAction"), List.of("Deny", "Allow"));
    }

    private static void actions(At actions, Problems problems) {
        for (At action : actions.items()) {
            if (!List.of("Audit", "Deny", "Warn").contains(action.text())) {
                problems.notSupported(action, action.text(), List.of("Audit", "Deny", "Warn"));
            }
        }
        problems.unique(actions, At::text);
        List<String> all = actions.texts();
        if (all.contains("Deny") && all.contains("Warn")) {
            problems.invalid(
                    actions,
                    "must not contain both Deny and Warn (repeating the same validation failure information in the API"
                            + " response and headers serves no purpose)");
        }
        if (all.isEmpty()) {
            problems.required(actions, "at least one validation action is required");
        }
    }
}
