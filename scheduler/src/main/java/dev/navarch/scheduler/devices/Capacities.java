package dev.navarch.scheduler.devices;

import dev.navarch.api.values.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequestPolicy;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequestPolicyRange;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceCapacity;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much of a device a request takes: what it asks for, made to fit the device's policy; what it does not ask for is
 * taken by the policy's default, or as a whole.
 *
 * <p>source: structured consumable_capacity.go.
 */
final class Capacities {
    private Capacities() {}

    /** Nothing if the device does not have what is asked for, or its policy has no room for it. */
    static Optional<Map<String, Quantity>> consumed(Offer offer, Map<String, Quantity> requested) {
        var capacity = offer.device().getCapacity() == null
                ? Map.<String, DeviceCapacity>of()
                : offer.device().getCapacity();
        if (!capacity.keySet().containsAll(requested.keySet())) {
            return Optional.empty();
        }
        Map<String, Quantity> consumed = new HashMap<>();
        for (var entry : capacity.entrySet()) {
            var amount = consumed(requested.get(entry.getKey()), entry.getValue());
            if (amount.isEmpty()
                    || amount.get().compareTo(Amounts.of(entry.getValue().getValue())) > 0) {
                return Optional.empty();
            }
            consumed.put(entry.getKey(), amount.get());
        }
        return Optional.of(consumed);
    }

    /** Whether so much more can be had of a device of which so much is taken. */
    static boolean fits(Offer offer, Map<String, Quantity> taken, Map<String, Quantity> more) {
        var capacity = offer.capacity();
        return more.entrySet().stream()
                .allMatch(entry -> taken.getOrDefault(entry.getKey(), Quantity.ZERO)
                                .plus(entry.getValue())
                                .compareTo(capacity.getOrDefault(entry.getKey(), Quantity.ZERO))
                        <= 0);
    }

    private static Optional<Quantity> consumed(@Nullable Quantity requested, DeviceCapacity capacity) {
        var policy = capacity.getRequestPolicy();
        if (requested == null) {
            return Optional.of(Amounts.of(
                    policy == null || policy.getDefault() == null ? capacity.getValue() : policy.getDefault()));
        }
        return policy == null ? Optional.of(requested) : byPolicy(requested, policy);
    }

    private static Optional<Quantity> byPolicy(Quantity requested, CapacityRequestPolicy policy) {
        var range = policy.getValidRange();
        if (range != null && range.getMin() != null) {
            return inRange(requested, range);
        }
        List<io.fabric8.kubernetes.api.model.Quantity> values = DevicePool.orEmpty(policy.getValidValues());
        return values.isEmpty()
                ? Optional.of(requested)
                : values.stream()
                        .map(Amounts::of)
                        .filter(value -> value.compareTo(requested) >= 0)
                        .findFirst();
    }

    /** At least the least, and by so many whole steps more. */
    private static Optional<Quantity> inRange(Quantity requested, CapacityRequestPolicyRange range) {
        var amount = Amounts.of(range.getMin());
        var step = Amounts.of(range.getStep());
        if (requested.compareTo(amount) > 0) {
            amount = step.isZero() ? requested : amount.plus(stepsUp(requested.minus(amount), step));
        }
        return range.getMax() != null && amount.compareTo(Amounts.of(range.getMax())) > 0
                ? Optional.empty()
                : Optional.of(amount);
    }

    private static Quantity stepsUp(Quantity distance, Quantity step) {
        var steps = distance.amount().divide(step.amount(), 0, RoundingMode.CEILING);
        return Quantity.parse(steps.multiply(step.amount()).toPlainString());
    }
}
