package dev.navarch.cel.library;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelEvaluationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** {@code isSorted}, {@code sum}, {@code min}, {@code max}, {@code indexOf} and {@code lastIndexOf} of lists. */
public final class ListsLibrary extends Library {
    private static final Map<String, CelType> COMPARABLE = Map.of(
            "int", SimpleType.INT,
            "uint", SimpleType.UINT,
            "double", SimpleType.DOUBLE,
            "bool", SimpleType.BOOL,
            "duration", SimpleType.DURATION,
            "timestamp", SimpleType.TIMESTAMP,
            "string", SimpleType.STRING,
            "bytes", SimpleType.BYTES);

    public ListsLibrary() {
        COMPARABLE.forEach((name, type) -> {
            var list = ListType.create(type);
            member(
                    "isSorted",
                    "list_" + name + "_is_sorted_bool",
                    SimpleType.BOOL,
                    list,
                    a -> isSorted((List<?>) a[0]));
            member("min", "list_" + name + "_min_" + name, type, list, a -> extreme((List<?>) a[0], "min", -1));
            member("max", "list_" + name + "_max_" + name, type, list, a -> extreme((List<?>) a[0], "max", 1));
        });
        sum("int", SimpleType.INT, 0L);
        sum("uint", SimpleType.UINT, UnsignedLong.ZERO);
        sum("double", SimpleType.DOUBLE, 0.0);
        sum("duration", SimpleType.DURATION, Duration.ZERO);
        var element = TypeParamType.create("T");
        var list = ListType.create(element);
        member(
                "indexOf",
                "list_a_index_of_int",
                SimpleType.INT,
                list,
                List.of(element),
                a -> indexOf((List<?>) a[0], a[1]));
        member(
                "lastIndexOf",
                "list_a_last_index_of_int",
                SimpleType.INT,
                list,
                List.of(element),
                a -> lastIndexOf((List<?>) a[0], a[1]));
    }

    private void sum(String name, CelType type, Object zero) {
        member("sum", "list_" + name + "_sum_" + name, type, ListType.create(type), a -> {
            var values = (List<?>) a[0];
            Object sum = values.isEmpty() ? zero : values.getFirst();
            for (var value : values.subList(Math.min(1, values.size()), values.size())) {
                sum = plus(sum, value);
            }
            return sum;
        });
    }

    private static Object plus(Object sum, Object value) throws CelEvaluationException {
        try {
            return switch (sum) {
                case Long a when value instanceof Long b -> Math.addExact(a, b);
                case UnsignedLong a when value instanceof UnsignedLong b -> a.plus(b);
                case Double a when value instanceof Number b -> a + b.doubleValue();
                case Duration a when value instanceof Duration b -> a.plus(b);
                default -> throw failure("no such overload");
            };
        } catch (ArithmeticException _) {
            throw failure("integer overflow");
        }
    }

    private static boolean isSorted(List<?> list) throws CelEvaluationException {
        for (int i = 1; i < list.size(); i++) {
            if (compare(list.get(i - 1), list.get(i)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static Object extreme(List<?> list, String name, int sign) throws CelEvaluationException {
        if (list.isEmpty()) {
            throw failure(name + " called on empty list");
        }
        Object found = list.getFirst();
        for (var value : list) {
            if (compare(value, found) * sign > 0) {
                found = value;
            }
        }
        return found;
    }

    static int compare(Object a, Object b) throws CelEvaluationException {
        return switch (a) {
            case Long x when b instanceof Long y -> Long.compare(x, y);
            case UnsignedLong x when b instanceof UnsignedLong y -> x.compareTo(y);
            case Number x when b instanceof Number y -> Double.compare(x.doubleValue(), y.doubleValue());
            case String x when b instanceof String y -> x.compareTo(y);
            case Boolean x when b instanceof Boolean y -> x.compareTo(y);
            case Duration x when b instanceof Duration y -> x.compareTo(y);
            case Instant x when b instanceof Instant y -> x.compareTo(y);
            case CelByteString x
            when b instanceof CelByteString y -> java.util.Arrays.compareUnsigned(x.toByteArray(), y.toByteArray());
            default -> throw failure("no such overload");
        };
    }

    /** The order of values that are known to have one. */
    static int order(Object a, Object b) {
        try {
            return compare(a, b);
        } catch (CelEvaluationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static long indexOf(List<?> list, Object value) {
        for (int i = 0; i < list.size(); i++) {
            if (Objects.equals(list.get(i), value)) {
                return i;
            }
        }
        return -1;
    }

    private static long lastIndexOf(List<?> list, Object value) {
        for (int i = list.size() - 1; i >= 0; i--) {
            if (Objects.equals(list.get(i), value)) {
                return i;
            }
        }
        return -1;
    }
}
