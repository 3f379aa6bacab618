package dev.navarch.apiserver.match;

import dev.navarch.cel.Budget;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import dev.navarch.cel.Expression.Bindings;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An expression of a policy or webhook, compiled once. One that does not compile fails when it is evaluated (source:
 * k8s.io/apiserver pkg/admission/plugin/cel/activation.go, Evaluate).
 */
public final class Judged {
    private static final String EXHAUSTED =
            "validation failed due to running out of cost budget, no further validation rules will be run";

    private final String text;
    private final @Nullable Expression expression;
    private final String wrong;

    private Judged(String text, @Nullable Expression expression, String wrong) {
        this.text = text;
        this.expression = expression;
        this.wrong = wrong;
    }

    /** How an expression is compiled. */
    public interface Compiler {
        Expression compile(String text) throws CelFailure;
    }

    /**
     * What an evaluation gave.
     *
     * @param failure what went wrong instead; empty for nothing
     * @param overBudget whether nothing more may be evaluated
     */
    public record Result(Optional<Object> value, String failure, boolean overBudget) {}

    public static Judged compile(String text, Compiler compiler) {
        try {
            return new Judged(text, compiler.compile(text), "");
        } catch (CelFailure e) {
            return new Judged(text, null, e.getMessage());
        }
    }

    public String text() {
        return text;
    }

    /** Why it does not compile; empty if it does. */
    public String wrong() {
        return wrong;
    }

    public Result evaluate(Bindings values, Budget budget) {
        if (expression == null) {
            return new Result(Optional.empty(), "compilation error: " + wrong, false);
        }
        try {
            var value = expression.evaluate(values, budget);
            return budget.left() < 0
                    ? new Result(Optional.empty(), EXHAUSTED, true)
                    : new Result(Optional.of(value), "", false);
        } catch (CelFailure e) {
            return budget.exhausted()
                    ? new Result(Optional.empty(), EXHAUSTED, true)
                    : new Result(
                            Optional.empty(), "expression '" + text + "' resulted in error: " + e.getMessage(), false);
        }
    }
}
