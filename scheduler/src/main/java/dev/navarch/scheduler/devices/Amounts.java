package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Quantities by name. */
final class Amounts {
    private Amounts() {}

    /** What is no quantity counts as nothing: validation lets none of these through. */
    static Quantity of(io.fabric8.kubernetes.api.model.@Nullable Quantity quantity) {
        try {
            return quantity == null ? Quantity.ZERO : Quantity.parse(quantity.toString());
        } catch (QuantityException _) {
            return Quantity.ZERO;
        }
    }

    static <T> Map<String, Quantity> of(
            @Nullable Map<String, T> map, Function<T, io.fabric8.kubernetes.api.model.@Nullable Quantity> value) {
        Map<String, Quantity> amounts = new HashMap<>();
        if (map != null) {
            map.forEach((name, entry) -> amounts.put(name, of(value.apply(entry))));
        }
        return amounts;
    }

    static void add(Map<String, Quantity> to, Map<String, Quantity> amounts) {
        amounts.forEach((name, amount) -> to.merge(name, amount, Quantity::plus));
    }

    static void subtract(Map<String, Quantity> from, Map<String, Quantity> amounts) {
        amounts.forEach((name, amount) -> from.merge(name, amount.negate(), Quantity::plus));
    }
}
