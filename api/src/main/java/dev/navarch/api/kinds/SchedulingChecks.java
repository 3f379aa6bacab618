package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What tells the scheduler where a pod may go.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateAffinity, ValidateTolerations,
 * validateTopologySpreadConstraints).
 */
final class SchedulingChecks {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

    private static final List<String> ACTIONS = List.of("DoNotSchedule", "ScheduleAnyway");

    private SchedulingChecks() {}

    /** Names of what must happen before the scheduler looks at a pod. */
    static void gates(At gates, Problems problems) {
        Set<String> seen = new HashSet<>();
        for (At gate : gates.items()) {
            String name = gate.at("name").text();
            Names.qualifiedName(name).forEach(complaint -> problems.invalid(gate, name, complaint));
            if (!seen.add(name)) {
                problems.duplicate(gate, name);
            }
        }
    }

    static void affinity(At affinity, Problems problems) {
        if (!affinity.isSet()) {
            return;
        }
        At node = affinity.at("nodeAffinity");
        if (node.at(REQUIRED).isSet()) {
            nodeSelector(node.at(REQUIRED), problems);
        }
        for (At term : node.at(PREFERRED).items()) {
            weight(term, problems);
            nodeTerm(term.at("preference"), false, problems);
        }
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            At pods = affinity.at(kind);
            pods.at(REQUIRED).items().forEach(term -> podTerm(term, problems));
            for (At term : pods.at(PREFERRED).items()) {
                weight(term, problems);
                podTerm(term.at("podAffinityTerm"), problems);
            }
        }
    }

    private static void weight(At term, Problems problems) {
        long weight = term.at("weight").number();
        if (weight < 1 || weight > 100) {
            problems.invalid(term.at("weight"), weight, "must be in the range 1-100");
        }
    }

    /** A choice of nodes by terms, any of which is enough. */
    static void nodeSelector(At selector, Problems problems) {
        At terms = selector.at("nodeSelectorTerms");
        if (terms.isEmpty()) {
            problems.required(terms, "must have at least one node selector term");
        }
        terms.items().forEach(term -> nodeTerm(term, true, problems));
    }

    /** What is only preferred may have values that no label can have. */
    private static void nodeTerm(At term, boolean required, Problems problems) {
        for (At expression : term.at("matchExpressions").items()) {
            nodeRequirement(expression, problems);
            problems.grammar(expression.at("key"), Names::qualifiedName);
            if (required) {
                expression.at("values").items().forEach(value -> problems.grammar(value, Names::labelValue));
            }
        }
        for (At expression : term.at("matchFields").items()) {
            At operator = expression.at("operator");
            if (!List.of("In", "NotIn").contains(operator.text())) {
                problems.invalid(operator, operator.text(), "not a valid selector operator");
            } else if (expression.at("values").size() != 1) {
                problems.required(
                        expression.at("values"),
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
            }
            if (!expression.at("key").is("metadata.name")) {
                problems.invalid(expression.at("key"), expression.at("key").text(), "not a valid field selector key");
            } else {
                expression.at("values").items().forEach(value -> problems.grammar(value, Names::dns1123Subdomain));
            }
        }
    }

    private static void nodeRequirement(At expression, Problems problems) {
        At values = expression.at("values");
        switch (expression.at("operator").text()) {
            case "In", "NotIn" -> {
                if (values.isEmpty()) {
                    problems.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (!values.isEmpty()) {
                    problems.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }
            }
            case "Gt", "Lt" -> {
                if (values.size() != 1) {
                    problems.required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
                }
            }
            default ->
                problems.invalid(
                        expression.at("operator"), expression.at("operator").text(), "not a valid selector operator");
        }
    }

    private static void podTerm(At term, Problems problems) {
        ObjectMetaRules.labelSelector(term.at("labelSelector"), problems);
        ObjectMetaRules.labelSelector(term.at("namespaceSelector"), problems);
        for (At namespace : term.at("namespaces").items()) {
            Names.dns1123Label(namespace.text())
                    .forEach(complaint -> problems.invalid(term.at("namespace"), namespace.text(), complaint));
        }
        labelKeys(term, problems);
        if (term.at("topologyKey").isEmpty()) {
            problems.required(term.at("topologyKey"), "can not be empty");
        }
        problems.grammar(term.at("topologyKey"), Names::qualifiedName);
    }

    /** Keys of labels whose values must, or must not, be the pod's own. */
    private static void labelKeys(At term, Problems problems) {
        At match = term.at("matchLabelKeys");
        At mismatch = term.at("mismatchLabelKeys");
        if (match.isEmpty() && mismatch.isEmpty()) {
            return;
        }
        labelKeys(match, term.at("labelSelector"), problems);
        labelKeys(mismatch, term.at("labelSelector"), problems);
        for (At key : match.items()) {
            if (mismatch.texts().contains(key.text())) {
                problems.invalid(key, "exists in both matchLabelKeys and mismatchLabelKeys");
            }
        }
    }

    private static void labelKeys(At keys, At selector, Problems problems) {
        if (!keys.isEmpty() && !selector.isSet()) {
            problems.forbidden(keys, "must not be specified when labelSelector is not set");
            return;
        }
        keys.items().forEach(key -> problems.grammar(key, Names::qualifiedName));
    }

    static void tolerations(At tolerations, Problems problems) {
        for (At toleration : tolerations.items()) {
            At key = toleration.at("key");
            At operator = toleration.at("operator");
            At effect = toleration.at("effect");
            problems.grammarIfSet(key, Names::qualifiedName);
            if (key.isEmpty() && !operator.is("Exists")) {
                problems.invalid(
                        operator,
                        operator.text(),
                        "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }
            if (toleration.at("tolerationSeconds").isSet() && !effect.is("NoExecute")) {
                problems.invalid(effect, effect.text(), "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
            switch (operator.text()) {
                case "", "Equal" -> {
                    List<String> complaints =
                            Names.labelValue(toleration.at("value").text());
                    if (!complaints.isEmpty()) {
                        problems.invalid(operator, toleration.at("value").text(), String.join(";", complaints));
                    }
                }
                case "Exists" -> {
                    if (!toleration.at("value").isEmpty()) {
                        problems.invalid(
                                operator,
                                toleration.at("value").text(),
                                "value must be empty when `operator` is 'Exists'");
                    }
                }
                default -> problems.notSupported(operator, List.of("Equal", "Exists"));
            }
            problems.oneOfIfSet(effect, List.of("NoSchedule", "PreferNoSchedule", "NoExecute"));
        }
    }

    static void spread(At constraints, Problems problems) {
        List<At> all = constraints.items();
        for (int i = 0; i < all.size(); i++) {
            At constraint = all.get(i);
            At action = constraint.at("whenUnsatisfiable");
            if (constraint.at("maxSkew").number() <= 0) {
                problems.invalid(
                        constraint.at("maxSkew"), constraint.at("maxSkew").number(), "must be greater than zero");
            }
            if (constraint.at("topologyKey").isEmpty()) {
                problems.required(constraint.at("topologyKey"), "can not be empty");
            }
            if (!ACTIONS.contains(action.text())) {
                problems.notSupported(action, action.text(), ACTIONS);
            }
            String pair = pair(constraint);
            if (all.subList(i + 1, all.size()).stream()
                    .anyMatch(other -> pair(other).equals(pair))) {
                problems.duplicate(constraint.at("{topologyKey, whenUnsatisfiable}"), pair);
            }
            At domains = constraint.at("minDomains");
            if (domains.isSet() && domains.number() <= 0) {
                problems.invalid(domains, "must be greater than zero");
            }
            if (domains.isSet() && !action.is("DoNotSchedule")) {
                problems.invalid(
                        domains, "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + action.text());
            }
            for (String field : List.of("nodeAffinityPolicy", "nodeTaintsPolicy")) {
                At policy = constraint.at(field);
                if (policy.isSet() && !List.of("Honor", "Ignore").contains(policy.text())) {
                    problems.notSupported(policy, policy.text(), List.of("Honor", "Ignore"));
                }
            }
            spreadKeys(constraint.at("matchLabelKeys"), constraint.at("labelSelector"), problems);
            ObjectMetaRules.labelSelector(constraint.at("labelSelector"), problems);
        }
    }

    private static String pair(At constraint) {
        return "{" + constraint.at("topologyKey").text() + ", "
                + constraint.at("whenUnsatisfiable").text() + "}";
    }

    private static void spreadKeys(At keys, At selector, Problems problems) {
        if (keys.isEmpty()) {
            return;
        }
        Set<String> selected = new HashSet<>(selector.at("matchLabels").node().propertyNames());
        selector.at("matchExpressions")
                .items()
                .forEach(expression -> selected.add(expression.at("key").text()));
        if (!selector.isSet()) {
            problems.forbidden(keys, "must not be specified when labelSelector is not set");
        }
        for (At key : keys.items()) {
            problems.grammar(key, Names::qualifiedName);
            if (selected.contains(key.text())) {
                problems.invalid(key, "exists in both matchLabelKeys and labelSelector");
            }
        }
    }
}
