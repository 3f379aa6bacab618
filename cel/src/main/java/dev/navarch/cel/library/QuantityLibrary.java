package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.math.BigDecimal;
import java.util.List;

/** Amounts of resources. */
public final class QuantityLibrary extends Library {
    public static final CelType QUANTITY = OpaqueType.create("kubernetes.Quantity");

    public QuantityLibrary() {
        type(QUANTITY, Quantity.class);
        global("quantity", "string_to_quantity", QUANTITY, List.of(SimpleType.STRING), a -> parse((String) a[0]));
        global("isQuantity", "is_quantity_string", SimpleType.BOOL, List.of(SimpleType.STRING), a -> {
            try {
                Quantity.parse((String) a[0]);
                return true;
            } catch (QuantityException _) {
                return false;
            }
        });
        member("sign", "quantity_sign", SimpleType.INT, QUANTITY, a -> (long) of(a[0]).sign());
        member("isInteger", "quantity_is_integer", SimpleType.BOOL, QUANTITY, a -> isInteger(of(a[0])));
        member("asInteger", "quantity_as_integer", SimpleType.INT, QUANTITY, a -> {
            if (!isInteger(of(a[0]))) {
                throw failure("cannot convert value to integer");
            }
            return of(a[0]).amount().longValueExact();
        });
        member(
                "asApproximateFloat",
                "quantity_get_float",
                SimpleType.DOUBLE,
                QUANTITY,
                a -> of(a[0]).amount().doubleValue());
        compare("isGreaterThan", "quantity_is_greater_than", SimpleType.BOOL, (x, y) -> x.compareTo(y) > 0);
        compare("isLessThan", "quantity_is_less_than", SimpleType.BOOL, (x, y) -> x.compareTo(y) < 0);
        compare("compareTo", "quantity_compare_to", SimpleType.INT, (x, y) -> (long) x.compareTo(y));
        compare("add", "quantity_add", QUANTITY, Quantity::plus);
        compare("sub", "quantity_sub", QUANTITY, Quantity::minus);
        member(
                "add",
                "quantity_add_int",
                QUANTITY,
                QUANTITY,
                List.of(SimpleType.INT),
                a -> of(a[0]).plus(Quantity.of((Long) a[1])));
        member(
                "sub",
                "quantity_sub_int",
                QUANTITY,
                QUANTITY,
                List.of(SimpleType.INT),
                a -> of(a[0]).minus(Quantity.of((Long) a[1])));
    }

    private interface Operation {
        Object apply(Quantity a, Quantity b);
    }

    private void compare(String function, String id, CelType result, Operation operation) {
        member(function, id, result, QUANTITY, List.of(QUANTITY), a -> operation.apply(of(a[0]), of(a[1])));
    }

    private static Quantity of(Object value) {
        return (Quantity) value;
    }

    private static Quantity parse(String text) throws CelEvaluationException {
        try {
            return Quantity.parse(text);
        } catch (QuantityException e) {
            throw failure(e.getMessage());
        }
    }

    private static boolean isInteger(Quantity quantity) {
        var amount = quantity.amount();
        return amount.stripTrailingZeros().scale() <= 0
                && amount.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0
                && amount.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) >= 0;
    }
}
