package dev.navarch.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an expression may cost at most, before it ever ran: every list is as long and every text as large as its type
 * allows (source: cel-go checker/cost.go; k8s.io/apiserver pkg/cel/library/cost.go).
 */
final class CostEstimate {
    private static final Set<ValueType.Kind> LISTS =
            EnumSet.of(ValueType.Kind.LIST, ValueType.Kind.SET, ValueType.Kind.KEYED);

    private final Map<String, Bound> scope = new HashMap<>();
    private final long most;

    /**
     * What is known of a value.
     *
     * @param size how large it is at most
     * @param type what it is; null if only its size is known
     */
    private record Bound(long size, @Nullable ValueType type) {
        static final Bound SMALL = new Bound(1, null);
        static final Bound UNKNOWN = new Bound(ValueType.MAX_REQUEST_BYTES, null);

        static Bound of(@Nullable ValueType type) {
            return type == null ? UNKNOWN : new Bound(Math.max(1, type.maxElements()), type);
        }
    }

    private record Cost(long units, Bound result) {}

    CostEstimate(CelAbstractSyntaxTree ast, Map<String, ValueType> variables) {
        variables.forEach((name, type) -> scope.put(name, Bound.of(type)));
        most = visit(ast.getExpr()).units;
    }

    long most() {
        return most;
    }

    private Cost visit(CelExpr expression) {
        return switch (expression.getKind()) {
            case CONSTANT -> new Cost(0, constant(expression.constant()));
            case IDENT -> new Cost(1, scope.getOrDefault(expression.ident().name(), Bound.UNKNOWN));
            case SELECT -> select(expression.select());
            case CALL -> call(expression.call());
            case LIST -> list(expression.list());
            case MAP -> map(expression.map());
            case COMPREHENSION -> comprehension(expression.comprehension());
            case STRUCT -> new Cost(CostMeter.STRUCT, Bound.SMALL);
            case NOT_SET -> new Cost(0, Bound.SMALL);
        };
    }

    private static Bound constant(CelConstant constant) {
        return switch (constant.getKind()) {
            case STRING_VALUE -> new Bound(constant.stringValue().length(), null);
            case BYTES_VALUE -> new Bound(constant.bytesValue().size(), null);
            default -> Bound.SMALL;
        };
    }

    private Cost select(CelExpr.CelSelect select) {
        var operand = visit(select.operand());
        if (select.testOnly()) {
            return new Cost(operand.units, Bound.SMALL);
        }
        var type = operand.result.type;
        var field = type == null
                ? null
                : type.kind() == ValueType.Kind.STRUCT ? type.fields().get(select.field()) : type.element();
        return new Cost(plus(operand.units, 1), Bound.of(field));
    }

    private Cost list(CelExpr.CelList list) {
        long units = CostMeter.LIST;
        long largest = 1;
        for (var element : list.elements()) {
            var cost = visit(element);
            units = plus(units, cost.units);
            largest = Math.max(largest, cost.result.size);
        }
        return new Cost(units, new Bound(Math.max(1, list.elements().size()), elementOf(largest)));
    }

    private static ValueType elementOf(long size) {
        var element = new ValueType(ValueType.STRING.type(), ValueType.Kind.ANY, size, 1, Map.of(), null);
        return ValueType.list(element);
    }

    private Cost map(CelExpr.CelMap map) {
        long units = CostMeter.MAP;
        for (var entry : map.entries()) {
            units = plus(units, plus(visit(entry.key()).units, visit(entry.value()).units));
        }
        return new Cost(units, new Bound(Math.max(1, map.entries().size()), null));
    }

    private Cost comprehension(CelExpr.CelComprehension loop) {
        var range = visit(loop.iterRange());
        var start = visit(loop.accuInit());
        var type = range.result.type;
        var element = type == null ? null : type.element();
        boolean overMap = type != null && type.kind() == ValueType.Kind.MAP;
        var before = new HashMap<>(scope);
        if (loop.iterVar2().isEmpty()) {
            scope.put(loop.iterVar(), overMap ? Bound.of(ValueType.STRING) : Bound.of(element));
        } else {
            scope.put(loop.iterVar(), overMap ? Bound.of(ValueType.STRING) : Bound.SMALL);
            scope.put(loop.iterVar2(), Bound.of(element));
        }
        scope.put(loop.accuVar(), new Bound(range.result.size, start.result.type));
        var condition = visit(loop.loopCondition());
        var step = visit(loop.loopStep());
        long rounds = times(range.result.size, plus(condition.units, step.units));
        var result = visit(loop.result());
        scope.clear();
        scope.putAll(before);
        long units = plus(plus(range.units, start.units), plus(rounds, result.units));
        return new Cost(units, new Bound(range.result.size, type));
    }

    private Cost call(CelExpr.CelCall call) {
        var target = call.target().map(this::visit).orElse(null);
        long units = target == null ? 0 : target.units;
        var arguments = new Bound[call.args().size()];
        for (int i = 0; i < arguments.length; i++) {
            var cost = visit(call.args().get(i));
            arguments[i] = cost.result;
            units = plus(units, cost.units);
        }
        var subject = target != null ? target.result : arguments.length > 0 ? arguments[0] : Bound.SMALL;
        var first = arguments.length > 0 ? arguments[0] : Bound.SMALL;
        var second = arguments.length > 1 ? arguments[1] : Bound.SMALL;
        return switch (call.function()) {
            case "check" -> new Cost(plus(units, CostMeter.AUTHORIZER_CHECK), Bound.SMALL);
            case "isSorted", "sum", "min", "max", "indexOf", "lastIndexOf" ->
                new Cost(plus(units, overElements(subject)), Bound.SMALL);
            case "lowerAscii", "upperAscii", "substring", "trim" ->
                new Cost(plus(units, traversal(subject.size, 1)), subject);
            case "url", "cidr", "isIP", "isCIDR", "ip", "quantity", "isQuantity", "semver", "isSemver" ->
                new Cost(plus(units, traversal(subject.size, 1)), Bound.SMALL);
            case "startsWith", "endsWith" -> new Cost(plus(units, traversal(first.size, 1)), Bound.SMALL);
            case "replace" ->
                new Cost(
                        plus(units, traversal(subject.size, 2)),
                        new Bound(times(plus(subject.size, 1), Math.max(1, second.size)), null));
            case "split" -> new Cost(plus(units, traversal(subject.size, 2)), new Bound(subject.size, null));
            case "join" ->
                new Cost(plus(units, traversal(joined(subject, first), 1)), new Bound(joined(subject, first), null));
            case "matches", "find", "findAll" ->
                new Cost(
                        plus(units, times(traversal(plus(subject.size, 1), 1), (long)
                                Math.ceil((target != null ? first : second).size * CostMeter.REGEX_LENGTH))),
                        new Bound(subject.size, null));
            case "contains" ->
                new Cost(
                        plus(units, times(traversal(subject.size, 1), Math.max(1, traversal(first.size, 1)))),
                        Bound.SMALL);
            case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_" ->
                new Cost(plus(units, Math.max(1, traversal(Math.min(first.size, second.size), 1))), Bound.SMALL);
            case "@in" -> new Cost(plus(units, isList(second) ? Math.max(1, second.size) : 1), Bound.SMALL);
            case "_[_]" -> {
                var element = first.type == null ? null : first.type.element();
                yield new Cost(plus(units, 1), Bound.of(element));
            }
            case "_+_" -> {
                long size = plus(first.size, second.size);
                yield new Cost(plus(units, isList(first) ? 1 : traversal(size, 1)), new Bound(size, first.type));
            }
            case "_?_:_" -> new Cost(units, larger(second, arguments.length > 2 ? arguments[2] : Bound.SMALL));
            case "_&&_", "_||_" -> new Cost(units, Bound.SMALL);
            default -> new Cost(plus(units, 1), call.function().startsWith("dyn") ? first : subject);
        };
    }

    private static boolean isList(Bound bound) {
        return bound.type == null || LISTS.contains(bound.type.kind());
    }

    private static Bound larger(Bound a, Bound b) {
        return a.size >= b.size ? a : b;
    }

    private static long overElements(Bound list) {
        var element = list.type == null ? null : list.type.element();
        if (list.type != null && element == null) {
            return traversal(list.size, 1);
        }
        return times(list.size, element == null ? 1 : 1 + traversal(element.maxElements(), 1));
    }

    private static long joined(Bound list, Bound separator) {
        var element = list.type == null ? null : list.type.element();
        return times(list.size, plus(element == null ? 1 : Math.max(1, element.maxElements()), separator.size));
    }

    private static long traversal(long size, int times) {
        return size >= Long.MAX_VALUE / 4 ? size : (long) Math.ceil(size * times * CostMeter.STRING_TRAVERSAL);
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private static long times(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
    }
}
