package dev.navarch.apiserver.policy;

import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.match.Judged;
import dev.navarch.apiserver.match.MatchConditions;
import dev.navarch.apiserver.match.RequestVariables;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.Composition;
import dev.navarch.cel.Expression.Bindings;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a validating policy says, compiled (source: .../policy/validating/validator.go). */
final class ValidatingRules {
    private static final int LONGEST_MESSAGE = 5 * 1024;

    private final boolean ignoresFailures;
    private final Composition variables;
    private final MatchConditions conditions;
    private final List<Validation> validations;
    private final List<Annotation> annotations;

    /** @param message what to say; empty for the condition itself */
    private record Validation(Judged condition, Optional<Judged> messageExpression, String message, String reason) {}

    private record Annotation(String key, Judged value) {}

    /**
     * A validation that does not hold, or could not be evaluated.
     *
     * @param index of the validation
     * @param failed whether it could not be evaluated
     * @param denies false for a failure that is ignored
     * @param reason of the status that refuses
     */
    record Decision(int index, boolean failed, boolean denies, String message, String reason, long nanos) {
        String errorType() {
            return PolicyMetrics.errorType(message);
        }
    }

    /** Something for the audit log. */
    record Published(String key, String value) {}

    /** What the policy says of one write with one parameter; nothing at all of a write that is as it should be. */
    record Verdict(List<Decision> decisions, List<Published> annotations, List<Decision> annotationFailures) {
        static final Verdict NOTHING = new Verdict(List.of(), List.of(), List.of());
    }

    private ValidatingRules(
            boolean ignoresFailures,
            Composition variables,
            MatchConditions conditions,
            List<Validation> validations,
            List<Annotation> annotations) {
        this.ignoresFailures = ignoresFailures;
        this.variables = variables;
        this.conditions = conditions;
        this.validations = validations;
        this.annotations = annotations;
    }

    static ValidatingRules compile(JsonNode spec) {
        boolean params = Tree.has(spec, "paramKind");
        var base = RequestVariables.environment(params, true);
        var variables = PolicyVariables.compile(spec, base);
        var environment = variables.in(base);
        List<Validation> validations = new ArrayList<>();
        for (var validation : Tree.objects(spec, "validations")) {
            var message = Tree.text(validation, "messageExpression");
            var reason = Tree.text(validation, "reason");
            validations.add(new Validation(
                    Judged.compile(Tree.text(validation, "expression"), environment::condition),
                    message.isEmpty()
                            ? Optional.empty()
                            : Optional.of(Judged.compile(
                                    message, variables.in(RequestVariables.environment(params, false))::text)),
                    Tree.text(validation, "message").strip(),
                    reason.isEmpty() ? "Invalid" : reason));
        }
        return new ValidatingRules(
                Tree.text(spec, "failurePolicy").equals("Ignore"),
                variables,
                MatchConditions.of(Tree.objects(spec, "matchConditions"), environment, variables),
                List.copyOf(validations),
                Tree.objects(spec, "auditAnnotations").stream()
                        .map(a -> new Annotation(
                                Tree.text(a, "key"),
                                Judged.compile(Tree.text(a, "valueExpression").strip(), environment::textOrNull)))
                        .toList());
    }

    /**
     * Evaluates everything.
     *
     * @param conditioned what match conditions see, which are asked first
     * @param request what everything else sees
     * @param metrics where match conditions are counted
     */
    Verdict judge(Bindings conditioned, Bindings request, ConditionMetrics.Series metrics, TimeSource time) {
        var matches = conditions.judge(conditioned, metrics);
        if (!matches.holds()) {
            return matches.failure().isEmpty() || ignoresFailures ? Verdict.NOTHING : failed(matches.failure());
        }
        List<Decision> decisions = new ArrayList<>();
        var budget = new Budget(PolicyVariables.BUDGET);
        var values = variables.bind(request, budget);
        for (int i = 0; i < validations.size(); i++) {
            var validation = validations.get(i);
            long from = time.nanoTime();
            var result = validation.condition.evaluate(values, budget);
            long nanos = time.nanoTime() - from;
            if (result.overBudget()) {
                return failed(result.failure());
            }
            if (!result.failure().isEmpty()) {
                decisions.add(new Decision(i, true, !ignoresFailures, result.failure(), "", nanos));
            } else if (!result.value().equals(Optional.of(true))) {
                decisions.add(denied(i, validation, values, budget, nanos));
            }
        }
        return annotations.isEmpty()
                ? decisions.isEmpty() ? Verdict.NOTHING : new Verdict(decisions, List.of(), List.of())
                : annotated(decisions, request, time);
    }

    private Verdict failed(String message) {
        return new Verdict(List.of(new Decision(0, true, !ignoresFailures, message, "", 0)), List.of(), List.of());
    }

    private Decision denied(int index, Validation validation, Bindings values, Budget budget, long nanos) {
        var message = "";
        if (validation.messageExpression.isPresent()) {
            var result = validation.messageExpression.get().evaluate(values, budget);
            if (result.overBudget()) {
                return new Decision(
                        index, true, !ignoresFailures, "failed messageExpression: " + result.failure(), "", nanos);
            }
            message = result.value().map(m -> usable(m.toString().strip())).orElse("");
        }
        if (message.isEmpty()) {
            message = validation.message;
        }
        if (message.isEmpty()) {
            message = "failed expression: " + validation.condition.text().strip();
        }
        return new Decision(index, false, true, message, validation.reason, nanos);
    }

    private static String usable(String message) {
        return message.length() > LONGEST_MESSAGE || message.indexOf('\n') >= 0 ? "" : message;
    }

    private Verdict annotated(List<Decision> decisions, Bindings request, TimeSource time) {
        var budget = new Budget(PolicyVariables.BUDGET);
        var values = variables.bind(request, budget);
        List<Published> published = new ArrayList<>();
        List<Decision> failures = new ArrayList<>();
        for (var annotation : annotations) {
            long from = time.nanoTime();
            var result = annotation.value.evaluate(values, budget);
            if (result.overBudget()) {
                return failed(result.failure());
            }
            if (!result.failure().isEmpty()) {
                if (!ignoresFailures) {
                    failures.add(new Decision(0, true, true, result.failure(), "", time.nanoTime() - from));
                }
            } else if (result.value().orElseThrow() instanceof String text && !text.isBlank()) {
                published.add(new Published(annotation.key, text.strip()));
            }
        }
        return new Verdict(decisions, published, failures);
    }
}
