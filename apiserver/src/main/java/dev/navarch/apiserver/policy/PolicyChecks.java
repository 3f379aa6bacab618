package dev.navarch.apiserver.policy;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.match.MatchConditions;
import dev.navarch.apiserver.match.RequestVariables;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Composition;
import dev.navarch.cel.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether the expressions of policies and webhooks compile (source: kubernetes
 * pkg/apis/admissionregistration/validation/validation.go).
 */
public final class PolicyChecks {
    private static final String GROUP = "admissionregistration.k8s.io";

    private final List<FieldError> errors = new ArrayList<>();

    private PolicyChecks() {}

    /** How an expression is compiled. */
    private interface Compiler {
        Expression compile(String text) throws CelFailure;
    }

    /** The rules of all kinds, with these checks in those of policies and webhooks. */
    public static KindRulesCatalogue with(KindRulesCatalogue rules) {
        return rules.with(GROUP, "ValidatingAdmissionPolicy", PolicyChecks::validating)
                .with(GROUP, "MutatingAdmissionPolicy", PolicyChecks::mutating)
                .with(GROUP, "ValidatingWebhookConfiguration", PolicyChecks::webhooks)
                .with(GROUP, "MutatingWebhookConfiguration", PolicyChecks::webhooks);
    }

    private static List<FieldError> validating(ObjectNode policy, Optional<ObjectNode> old) {
        var checks = new PolicyChecks();
        var spec = Tree.at(policy, "spec");
        boolean params = Tree.has(spec, "paramKind");
        var path = FieldPath.of("spec");
        var base = RequestVariables.environment(params, true);
        checks.conditions(spec, old.map(o -> Tree.at(o, "spec")), base, path);
        var variables = new Composition();
        var environment = checks.variables(spec, variables, base, path);
        var validations = Tree.objects(spec, "validations");
        for (int i = 0; i < validations.size(); i++) {
            var at = path.child("validations").index(i);
            checks.expression(validations.get(i), "expression", environment::condition, at);
            if (!Tree.text(validations.get(i), "messageExpression").isBlank()) {
                var own = RequestVariables.environment(params, false);
                CelEnvironment said = variables.isEmpty() ? own : variables.in(own);
                checks.expression(validations.get(i), "messageExpression", said::text, at);
            }
        }
        var annotations = Tree.objects(spec, "auditAnnotations");
        for (int i = 0; i < annotations.size(); i++) {
            checks.expression(
                    annotations.get(i),
                    "valueExpression",
                    text -> environment.textOrNull(text.strip()),
                    path.child("auditAnnotations").index(i));
        }
        return checks.errors;
    }

    private static List<FieldError> mutating(ObjectNode policy, Optional<ObjectNode> old) {
        var checks = new PolicyChecks();
        var spec = Tree.at(policy, "spec");
        var path = FieldPath.of("spec");
        var base = RequestVariables.environment(Tree.has(spec, "paramKind"), true);
        checks.conditions(spec, old.map(o -> Tree.at(o, "spec")), base, path);
        var environment = checks.variables(spec, new Composition(), base, path);
        var mutations = Tree.objects(spec, "mutations");
        for (int i = 0; i < mutations.size(); i++) {
            var mutation = mutations.get(i);
            var at = path.child("mutations").index(i);
            switch (Tree.text(mutation, "patchType")) {
                case "ApplyConfiguration" ->
                    checks.expression(
                            Tree.at(mutation, "applyConfiguration"),
                            "expression",
                            environment::applyConfiguration,
                            at.child("applyConfiguration"));
                case "JSONPatch" ->
                    checks.expression(
                            Tree.at(mutation, "jsonPatch"),
                            "expression",
                            environment::jsonPatch,
                            at.child("jsonPatch"));
                default -> {}
            }
        }
        return checks.errors;
    }

    private static List<FieldError> webhooks(ObjectNode configuration, Optional<ObjectNode> old) {
        var checks = new PolicyChecks();
        var hooks = Tree.objects(configuration, "webhooks");
        var before = old.map(o -> Tree.objects(o, "webhooks")).orElse(List.of());
        for (int i = 0; i < hooks.size(); i++) {
            if (Tree.has(hooks.get(i), "matchConditions")) {
                checks.conditions(
                        hooks.get(i),
                        i < before.size() ? Optional.of(before.get(i)) : Optional.empty(),
                        MatchConditions.ofWebhooks(),
                        FieldPath.of("webhooks").index(i));
            }
        }
        return checks.errors;
    }

    /** What was taken once is taken again. */
    private void conditions(
            JsonNode from, Optional<? extends JsonNode> old, CelEnvironment environment, FieldPath path) {
        boolean unchanged = old.filter(o -> Tree.at(o, "matchConditions").equals(Tree.at(from, "matchConditions"))
                        && Tree.at(o, "paramKind").equals(Tree.at(from, "paramKind")))
                .isPresent();
        var conditions = unchanged ? List.<ObjectNode>of() : Tree.objects(from, "matchConditions");
        for (int i = 0; i < conditions.size(); i++) {
            expression(
                    conditions.get(i),
                    "expression",
                    text -> environment.condition(text.strip()),
                    path.child("matchConditions").index(i));
        }
    }

    private CelEnvironment variables(JsonNode spec, Composition variables, CelEnvironment base, FieldPath path) {
        var defined = Tree.objects(spec, "variables");
        for (int i = 0; i < defined.size(); i++) {
            var name = Tree.text(defined.get(i), "name");
            var text = Tree.text(defined.get(i), "expression");
            try {
                if (!name.isBlank() && !text.isBlank()) {
                    variables.add(name, text, base);
                }
            } catch (CelFailure e) {
                errors.add(FieldError.invalid(
                        path.child("variables").index(i).child("expression").toString(), text, e.getMessage()));
            }
        }
        return variables.isEmpty() ? base : variables.in(base);
    }

    /** One that is missing is somebody else's complaint. */
    private void expression(JsonNode from, String field, Compiler compiler, FieldPath path) {
        var text = Tree.text(from, field);
        if (text.isBlank()) {
            return;
        }
        try {
            compiler.compile(text);
        } catch (CelFailure e) {
            errors.add(FieldError.invalid(path.child(field).toString(), text, e.getMessage()));
        }
    }
}
