package dev.navarch.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.CelType;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelVariableResolver;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An expression that was compiled once and can be evaluated often, by many threads. */
public final class Expression {
    /** What cel-go says in other words. */
    private static final Pattern MISSING_KEY = Pattern.compile("^key '(.*)' is not present in map\\.$");

    private static final Pattern UNRESOLVED = Pattern.compile("^Error resolving field '(.*)'\\. .*$");

    private final CelAbstractSyntaxTree ast;
    private final CelRuntime.Program program;
    private final Set<String> variables;

    Expression(CelAbstractSyntaxTree ast, CelRuntime.Program program, Set<String> variables) {
        this.ast = ast;
        this.program = program;
        this.variables = Set.copyOf(variables);
    }

    CelAbstractSyntaxTree ast() {
        return ast;
    }

    /** The type of what it gives. */
    CelType type() {
        return ast.getResultType();
    }

    /** The variables that it names. */
    public Set<String> variables() {
        return variables;
    }

    /** Whether it asks a variable for this field, as in {@code claims.email} and {@code claims.?email}. */
    public boolean selects(String variable, String field) {
        return CelNavigableAst.fromAst(ast)
                .getRoot()
                .allNodes()
                .map(CelNavigableExpr::expr)
                .anyMatch(e -> switch (e.getKind()) {
                    case SELECT ->
                        e.select().field().equals(field) && isNamed(e.select().operand(), variable);
                    case CALL ->
                        e.call().function().equals("_?._")
                                && e.call().args().size() == 2
                                && isNamed(e.call().args().get(0), variable)
                                && e.call().args().get(1).getKind() == CelExpr.ExprKind.Kind.CONSTANT
                                && e.call().args().get(1).constant().equals(CelConstant.ofValue(field));
                    default -> false;
                });
    }

    private static boolean isNamed(CelExpr expression, String variable) {
        return expression.getKind() == CelExpr.ExprKind.Kind.IDENT
                && expression.ident().name().equals(variable);
    }

    /** The values of variables. */
    public interface Bindings {
        /** Asked for whenever an evaluation comes to the variable; null for one that has no value. See {@link Values}. */
        @Nullable
        Object get(String variable);
    }

    /**
     * Evaluates the expression.
     *
     * @param values of the variables that it names at least; see {@link Values}
     * @param budget is charged with what the evaluation cost
     */
    public Object evaluate(Map<String, ?> values, Budget budget) throws CelFailure {
        return evaluate((Bindings) values::get, budget);
    }

    /** Likewise, with values that may be made when they are asked for. */
    public Object evaluate(Bindings values, Budget budget) throws CelFailure {
        var meter = new CostMeter(budget.left());
        CelVariableResolver resolver = name -> Optional.ofNullable(values.get(name));
        try {
            return program.trace(resolver, meter);
        } catch (CelEvaluationException e) {
            if (meter.exhausted()) {
                throw new CelFailure("operation cancelled: actual cost limit exceeded", true);
            }
            throw new CelFailure(reason(e));
        } catch (CostMeter.Exhausted _) {
            throw new CelFailure("operation cancelled: actual cost limit exceeded", true);
        } finally {
            budget.charge(meter.spent());
        }
    }

    /** In cel-go's words, and without the place that the library puts in front. */
    private static String reason(CelEvaluationException e) {
        var message = placeless(String.valueOf(e.getMessage()));
        return switch (e.getErrorCode()) {
            case ATTRIBUTE_NOT_FOUND -> {
                var field = UNRESOLVED.matcher(message);
                yield "no such key: "
                        + (field.matches()
                                ? field.group(1)
                                : MISSING_KEY.matcher(message).replaceFirst("$1"));
            }
            case DIVIDE_BY_ZERO -> "division by zero";
            case INDEX_OUT_OF_BOUNDS -> message.replace("Index out", "index out");
            case NUMERIC_OVERFLOW -> message.contains("overflow") ? "integer overflow" : message;
            case OVERLOAD_NOT_FOUND -> "no such overload";
            default -> message;
        };
    }

    private static String placeless(String message) {
        var prefix = "evaluation error at ";
        if (message.startsWith(prefix)) {
            int colon = message.indexOf(": ", prefix.length());
            return colon < 0 ? message : message.substring(colon + 2);
        }
        return message.startsWith("evaluation error: ") ? message.substring("evaluation error: ".length()) : message;
    }
}
