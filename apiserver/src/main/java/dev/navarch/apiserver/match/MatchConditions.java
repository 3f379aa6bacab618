package dev.navarch.apiserver.match;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.Composition;
import dev.navarch.cel.Expression.Bindings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Expressions that must all hold for a request to be of interest (source: k8s.io/apiserver
 * pkg/admission/plugin/webhook/matchconditions/matcher.go).
 */
public final class MatchConditions {
    /** Source: k8s.io/apiserver pkg/apis/cel/config.go, RuntimeCELCostBudgetMatchConditions. */
    private static final long BUDGET = 2_500_000;

    private static final MatchConditions NONE = new MatchConditions(List.of(), new Composition());

    /** Made when the first webhook has conditions. */
    private static final class OfWebhooks {
        static final CelEnvironment ENVIRONMENT = RequestVariables.environment(false, true);
    }

    private final List<Judged> conditions;
    private final Composition variables;

    private MatchConditions(List<Judged> conditions, Composition variables) {
        this.conditions = conditions;
        this.variables = variables;
    }

    /**
     * What came of it.
     *
     * @param holds whether all hold
     * @param failure why that can't be told; empty if it can
     */
    public record Outcome(boolean holds, String failure) {
        static final Outcome HOLDS = new Outcome(true, "");
        static final Outcome FAILS = new Outcome(false, "");
    }

    /** Of a webhook. */
    public static MatchConditions of(List<ObjectNode> conditions) {
        return conditions.isEmpty() ? NONE : of(conditions, OfWebhooks.ENVIRONMENT, new Composition());
    }

    /** What conditions of webhooks can name. */
    public static CelEnvironment ofWebhooks() {
        return OfWebhooks.ENVIRONMENT;
    }

    /** @param variables of the policy, which the environment has */
    public static MatchConditions of(List<ObjectNode> conditions, CelEnvironment environment, Composition variables) {
        return conditions.isEmpty()
                ? NONE
                : new MatchConditions(
                        conditions.stream()
                                .map(c -> Judged.compile(Tree.text(c, "expression"), environment::condition))
                                .toList(),
                        variables);
    }

    /**
     * One that does not hold decides, whatever goes wrong with others.
     *
     * @param metrics where that is counted
     */
    public Outcome judge(Bindings request, ConditionMetrics.Series metrics) {
        if (conditions.isEmpty()) {
            return Outcome.HOLDS;
        }
        List<String> wrong = new ArrayList<>();
        long from = metrics.start();
        try {
            return judge(request, wrong);
        } finally {
            metrics.judged(from, wrong.size());
        }
    }

    private Outcome judge(Bindings request, List<String> wrong) {
        var budget = new Budget(BUDGET);
        var values = variables.bind(request, budget);
        for (var condition : conditions) {
            var result = condition.evaluate(values, budget);
            if (result.overBudget()) {
                return new Outcome(false, result.failure());
            }
            if (!result.failure().isEmpty()) {
                wrong.add(result.failure());
            } else if (result.value().equals(Optional.of(false))) {
                return Outcome.FAILS;
            }
        }
        if (wrong.isEmpty()) {
            return Outcome.HOLDS;
        }
        return new Outcome(false, wrong.size() == 1 ? wrong.getFirst() : "[" + String.join(", ", wrong) + "]");
    }
}
