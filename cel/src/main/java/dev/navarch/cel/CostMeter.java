package dev.navarch.cel;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts what an evaluation costs while it runs, and ends it when that is too much. One unit is about the look-up of a
 * field; strings cost by their length (source: cel-go interpreter/runtimecost.go; k8s.io/apiserver
 * pkg/cel/library/cost.go).
 */
final class CostMeter implements CelEvaluationListener {
    static final double STRING_TRAVERSAL = 0.1;
    static final double REGEX_LENGTH = 0.25;
    static final long AUTHORIZER_CHECK = 350_000;
    /** Of the expression that a format stands for, which is taken for a long one. */
    private static final long FORMAT_REGEX = 40;

    static final long LIST = 10;
    static final long MAP = 30;
    static final long STRUCT = 40;

    private final long limit;
    private final Map<Long, Object> values = new HashMap<>();
    private long spent;

    /** Ends an evaluation. */
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1;

        Exhausted() {
            super("cost limit exceeded", null, false, false);
        }
    }

    /** @param left of the budget that this evaluation is part of */
    CostMeter(long left) {
        limit = Math.min(left, CelEnvironment.PER_CALL_LIMIT);
    }

    long spent() {
        return spent;
    }

    boolean exhausted() {
        return spent > limit;
    }

    @Override
    public void callback(CelExpr expression, Object result) {
        values.put(expression.id(), result);
        spent += cost(expression, result);
        if (exhausted()) {
            throw new Exhausted();
        }
    }

    private long cost(CelExpr expression, Object result) {
        return switch (expression.getKind()) {
            case IDENT -> 1;
            case SELECT -> expression.select().testOnly() ? 0 : 1;
            case LIST -> LIST;
            case MAP -> MAP;
            case STRUCT -> STRUCT;
            case CALL -> call(expression.call(), result);
            default -> 0;
        };
    }

    private long call(CelExpr.CelCall call, Object result) {
        var target = call.target().map(t -> values.get(t.id())).orElse(null);
        var first = argument(call, 0);
        var subject = target == null ? first : target;
        return switch (call.function()) {
            case "check" -> AUTHORIZER_CHECK;
            case "isSorted", "sum", "min", "max", "indexOf", "lastIndexOf" ->
                Math.max(1, subject instanceof String text ? traversal(text.length(), 1) : size(subject));
            case "fieldSelector", "labelSelector" ->
                LIST + traversal(size(first), 1) + size(first) / 2 * (LIST + STRUCT);
            case "lists.range", "slice", "flatten", "reverse" -> LIST + size(result);
            case "distinct" -> LIST + size(subject) * size(subject);
            case "sort", "@sortByAssociatedKeys" -> LIST + 2 * size(subject);
            case "ip.isCanonical" -> traversal(size(subject), 2);
            case "containsIP", "containsCIDR" -> 2 + traversal(size(first), 1);
            case "validate" -> traversal(size(first) + 1, 1) * FORMAT_REGEX;
            case "url",
                    "jsonpatch.escapeKey",
                    "lowerAscii",
                    "upperAscii",
                    "substring",
                    "trim",
                    "cidr",
                    "isIP",
                    "isCIDR",
                    "ip",
                    "quantity",
                    "isQuantity",
                    "semver",
                    "isSemver",
                    "startsWith",
                    "endsWith",
                    "string",
                    "bytes" -> Math.max(1, traversal(size(subject), 1));
            case "replace", "split" -> traversal(size(subject), 2);
            case "join" -> traversal(size(result), 2);
            case "matches", "find", "findAll" ->
                traversal(size(subject) + 1, 1)
                        * (long) Math.ceil(size(target == null ? argument(call, 1) : first) * REGEX_LENGTH);
            case "contains" -> traversal(size(subject), 1) * Math.max(1, traversal(size(first), 1));
            case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_" ->
                Math.max(1, traversal(Math.min(size(first), size(argument(call, 1))), 1));
            case "@in" -> Math.max(1, argument(call, 1) instanceof Collection<?> list ? list.size() : 1);
            case "_+_" -> Math.max(1, traversal(size(result), 1));
            case "_&&_", "_||_", "_?_:_" -> 0;
            default -> 1;
        };
    }

    private @Nullable Object argument(CelExpr.CelCall call, int index) {
        return index < call.args().size() ? values.get(call.args().get(index).id()) : null;
    }

    private static long traversal(long size, int times) {
        return (long) Math.ceil(size * times * STRING_TRAVERSAL);
    }

    private static long size(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case Collection<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case CelByteString bytes -> bytes.size();
            case null, default -> 1;
        };
    }
}
