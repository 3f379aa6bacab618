package dev.navarch.cel.rules;

import dev.cel.common.types.OptionalType;
import dev.navarch.api.structural.Structural;
import dev.navarch.api.structural.Structural.Rule;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import dev.navarch.cel.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules that stand at one place of a schema, compiled. */
final class RuleSet {
    static final String SELF = "self";
    static final String OLD_SELF = "oldSelf";

    private final ValueType type;
    private final List<Compiled> rules;

    /**
     * A rule as it will run.
     *
     * @param condition null for a rule that does not compile
     * @param failure why it does not; empty if it does
     * @param message an expression for what to say; null for none
     * @param messageFailure why that does not compile; empty if it does
     * @param cost what one evaluation may cost at most
     */
    record Compiled(
            Rule rule,
            @Nullable Expression condition,
            String failure,
            @Nullable Expression message,
            String messageFailure,
            long cost,
            long messageCost) {

        boolean comparesWithOld() {
            return condition != null && condition.variables().contains(OLD_SELF);
        }

        boolean oldIsOptional() {
            return Boolean.TRUE.equals(rule.optionalOldSelf());
        }
    }

    private RuleSet(ValueType type, List<Compiled> rules) {
        this.type = type;
        this.rules = rules;
    }

    /** @param root whether the schema is that of a whole object */
    static RuleSet compile(List<Rule> rules, Structural schema, boolean root) {
        var self = ValueType.of(schema, root).orElse(ValueType.DYN);
        var plain = new CelEnvironment(Map.of(SELF, self, OLD_SELF, self));
        var optional =
                new CelEnvironment(Map.of(SELF, self, OLD_SELF, ValueType.opaque(OptionalType.create(self.type()))));
        List<Compiled> compiled = new ArrayList<>();
        for (var rule : rules) {
            if (!rule.rule().isBlank()) {
                compiled.add(compile(rule, Boolean.TRUE.equals(rule.optionalOldSelf()) ? optional : plain));
            }
        }
        return new RuleSet(self, List.copyOf(compiled));
    }

    private static Compiled compile(Rule rule, CelEnvironment environment) {
        Expression condition = null;
        Expression message = null;
        var failure = "";
        var messageFailure = "";
        try {
            condition = environment.condition(rule.rule());
        } catch (CelFailure e) {
            failure = e.getMessage().startsWith("must evaluate to bool")
                    ? "cel expression must evaluate to a bool"
                    : e.getMessage();
        }
        if (!rule.messageExpression().isBlank()) {
            try {
                message = environment.text(rule.messageExpression());
            } catch (CelFailure e) {
                messageFailure = "messageExpression " + e.getMessage();
            }
        }
        return new Compiled(
                rule,
                condition,
                failure,
                message,
                messageFailure,
                condition == null ? 0 : environment.estimate(condition),
                message == null ? 0 : environment.estimate(message));
    }

    ValueType type() {
        return type;
    }

    List<Compiled> rules() {
        return rules;
    }
}
