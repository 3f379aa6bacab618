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

    private SchedulingChecks() {}

    static void check(At spec, Problems problems) {
        ObjectMetaRules.labels(spec.at("nodeSelector"), problems);
        affinity(spec.at("affinity"), problems);
        tolerations(spec.at("tolerations"), problems);
        spread(spec.at("topologySpreadConstraints"), problems);
        Set<String> gates = new HashSet<>();
        for (At gate : spec.at("schedulingGates").items()) {
            String name = gate.at("name").text();
            Names.qualifiedName(name).forEach(complaint -> problems.invalid(gate, name, complaint));
            if (!gates.add(name)) {
                problems.duplicate(gate, name);
            }
        }
    }

    private static void affinity(At affinity, Problems problems) {
        At node = affinity.at("nodeAffinity");
        if (node.at(REQUIRED).isSet()) {
            nodeSelector(node.at(REQUIRED), problems);
        }
        for (At term : node.at(PREFERRED).items()) {
            weight(term, problems);
            nodeTerm(term.at("preference"), problems);
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
        terms.items().forEach(term -> nodeTerm(term, problems));
    }

    private static void nodeTerm(At term, Problems problems) {
        for (At expression : term.at("matchExpressions").items()) {
            nodeRequirement(expression, problems);
            problems.grammar(expression.at("key"), Names::qualifiedName);
        }
        for (At expression : term.at("matchFields").items()) {
            if (!expression.at("key").is("metadata.name")) {
                problems.invalid(expression.at("key"), expression.at("key").text(), "not a valid field selector key");
            }
            if (!List.of("In", "NotIn").contains(expression.at("operator").text())) {
                problems.invalid(
                        expression.at("operator"), expression.at("operator").text(), "not a valid selector operator");
            } else if (expression.at("values").size() != 1) {
                problems.required(
                        expression.at("values"),
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
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
        if (term.at("topologyKey").isEmpty()) {
            problems.required(term.at("topologyKey"), "can not be empty");
        }
        problems.grammar(term.at("topologyKey"), Names::qualifiedName);
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
                case "", "Equal" ->
                    Names.labelValue(toleration.at("value").text())
                            .forEach(complaint -> problems.invalid(
                                    operator, toleration.at("value").text(), complaint));
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

    private static void spread(At constraints, Problems problems) {
        Set<String> seen = new HashSet<>();
        for (At constraint : constraints.items()) {
            At key = constraint.at("topologyKey");
            At action = constraint.at("whenUnsatisfiable");
            if (constraint.at("maxSkew").number() <= 0) {
                problems.invalid(
                        constraint.at("maxSkew"), constraint.at("maxSkew").number(), "must be greater than zero");
            }
            if (key.isEmpty()) {
                problems.required(key, "can not be empty");
            } else {
                problems.grammar(key, Names::qualifiedName);
            }
            problems.oneOf(action, List.of("DoNotSchedule", "ScheduleAnyway"));
            String pair = "{" + key.text() + ", " + action.text() + "}";
            if (!seen.add(pair)) {
                problems.duplicate(constraint.at("{topologyKey, whenUnsatisfiable}"), pair);
            }
            At domains = constraint.at("minDomains");
            if (domains.isSet() && domains.number() <= 0) {
                problems.invalid(domains, "must be greater than 0");
            }
            problems.oneOfIfSet(constraint.at("nodeAffinityPolicy"), List.of("Honor", "Ignore"));
            problems.oneOfIfSet(constraint.at("nodeTaintsPolicy"), List.of("Honor", "Ignore"));
            ObjectMetaRules.labelSelector(constraint.at("labelSelector"), problems);
        }
    }
}
