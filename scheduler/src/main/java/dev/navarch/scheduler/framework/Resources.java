package dev.navarch.scheduler.framework;

import dev.navarch.api.values.QuantityException;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Amounts of resources.
 *
 * @param scalars of everything else, such as {@code hugepages-2Mi} and {@code example.com/gpu}, in whole units
 */
public record Resources(long cpuMillis, long memoryBytes, long ephemeralBytes, Map<String, Long> scalars) {
    public static final Resources NONE = new Resources(0, 0, 0, Map.of());

    /** Reads a list of quantities; what is no quantity counts as nothing: it was not admitted by any API server. */
    public static Resources of(@Nullable Map<String, Quantity> list) {
        if (list == null || list.isEmpty()) {
            return NONE;
        }
        long cpu = 0;
        long memory = 0;
        long ephemeral = 0;
        Map<String, Long> scalars = Map.of();
        for (var resource : list.entrySet()) {
            switch (resource.getKey()) {
                case "cpu" -> cpu = amount(resource.getValue(), true);
                case "memory" -> memory = amount(resource.getValue(), false);
                case "ephemeral-storage" -> ephemeral = amount(resource.getValue(), false);
                case "pods" -> {}
                default -> {
                    if (isScalar(resource.getKey())) {
                        if (scalars.isEmpty()) {
                            scalars = new TreeMap<>();
                        }
                        scalars.put(resource.getKey(), amount(resource.getValue(), false));
                    }
                }
            }
        }
        return new Resources(cpu, memory, ephemeral, scalars);
    }

    /** source: pkg/scheduler/util, IsScalarResourceName. */
    private static boolean isScalar(String name) {
        return name.indexOf('/') > 0 || name.startsWith("hugepages-") || name.startsWith("attachable-volumes-");
    }

    /** The amount of one resource, in whole units. */
    public static long amount(@Nullable Map<String, Quantity> list, String resource) {
        var quantity = list == null ? null : list.get(resource);
        return quantity == null ? 0 : amount(quantity, false);
    }

    private static long amount(@Nullable Quantity quantity, boolean millis) {
        return parse(quantity).map(q -> millis ? q.milliValue() : q.value()).orElse(0L);
    }

    private static Optional<dev.navarch.api.values.Quantity> parse(@Nullable Quantity quantity) {
        if (quantity == null || quantity.getAmount() == null) {
            return Optional.empty();
        }
        try {
            var format = quantity.getFormat();
            return Optional.of(dev.navarch.api.values.Quantity.parse(
                    format == null ? quantity.getAmount() : quantity.getAmount() + format));
        } catch (QuantityException e) {
            return Optional.empty();
        }
    }

    public boolean isNone() {
        return cpuMillis == 0 && memoryBytes == 0 && ephemeralBytes == 0 && scalars.isEmpty();
    }

    public long scalar(String name) {
        return scalars.getOrDefault(name, 0L);
    }

    /** Of one resource: of CPU in thousandths, of the others in whole units. */
    public long amount(String name) {
        return switch (name) {
            case "cpu" -> cpuMillis;
            case "memory" -> memoryBytes;
            case "ephemeral-storage" -> ephemeralBytes;
            default -> scalar(name);
        };
    }

    public Resources plus(Resources other) {
        return other == NONE ? this : this == NONE ? other : combine(other, Resources::sum);
    }

    public Resources minus(Resources other) {
        return other == NONE ? this : combine(other, (one, two) -> one - two);
    }

    /** The larger of each. */
    public Resources max(Resources other) {
        return other == NONE ? this : this == NONE ? other : combine(other, Math::max);
    }

    private interface Operation {
        long apply(long one, long two);
    }

    /** Hostile requests must not make a full node look empty. */
    private static long sum(long one, long two) {
        long sum = one + two;
        return ((one ^ sum) & (two ^ sum)) < 0 ? Long.MAX_VALUE : sum;
    }

    private Resources combine(Resources other, Operation operation) {
        Map<String, Long> combined = scalars;
        if (!other.scalars.isEmpty()) {
            combined = new TreeMap<>(scalars);
            for (var scalar : other.scalars.entrySet()) {
                combined.put(scalar.getKey(), operation.apply(scalar(scalar.getKey()), scalar.getValue()));
            }
        }
        return new Resources(
                operation.apply(cpuMillis, other.cpuMillis),
                operation.apply(memoryBytes, other.memoryBytes),
                operation.apply(ephemeralBytes, other.ephemeralBytes),
                combined);
    }

    /** Whether there is less of any resource than the other has. */
    public boolean lessInAny(Resources other) {
        return cpuMillis < other.cpuMillis
                || memoryBytes < other.memoryBytes
                || ephemeralBytes < other.ephemeralBytes
                || other.scalars.entrySet().stream().anyMatch(s -> scalar(s.getKey()) < s.getValue());
    }
}
