package dev.navarch.kubelet.simulated;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What simulated containers use, told by annotations of their pod, which may change while it runs: {@code
 * navarch.dev/simulated-cpu} and {@code -memory} (of each container; with {@code .<container>} at the end, of that one),
 * {@code -network-receive} and {@code -network-transmit} (bytes per second). Untold, a container uses a hundredth of a
 * CPU and a megabyte, so that sums can be seen, and no network. Not safe for use by several threads.
 */
final class SimulatedUsage {
    private static final String PREFIX = "navarch.dev/simulated-";
    private static final long NANOS = 1_000_000_000L;
    private static final Rates UNTOLD = new Rates(NANOS / 100, 1 << 20, 0, 0);

    /** As the pods are annotated now. */
    private final Map<String, Map<String, String>> annotations = new HashMap<>();
    /** By the id of a container or a sandbox. */
    private final Map<String, Meter> meters = new HashMap<>();

    private final Map<String, Set<String>> ofPods = new HashMap<>();

    record Rates(long cpuNanoCores, long memoryBytes, long receivedPerSecond, long sentPerSecond) {}

    record Reading(Rates rates, long cpuNanos, long received, long sent) {}

    /** Counts on from what was counted when the rates last changed. */
    private record Meter(String container, Instant since, Reading then) {
        Reading at(Instant now) {
            var passed = Duration.between(since, now);
            long millis = Math.max(0, passed.toMillis());
            var rates = then.rates;
            return new Reading(
                    rates,
                    then.cpuNanos + rates.cpuNanoCores / 1000 * millis,
                    then.received + rates.receivedPerSecond * millis / 1000,
                    then.sent + rates.sentPerSecond * millis / 1000);
        }
    }

    Reading container(String id, String podUid, String name, Map<String, String> first, Instant started, Instant now) {
        return read(id, podUid, name, first, started, now);
    }

    Reading sandbox(String id, String podUid, Map<String, String> first, Instant started, Instant now) {
        return read(id, podUid, "", first, started, now);
    }

    private Reading read(
            String id, String podUid, String container, Map<String, String> first, Instant started, Instant now) {
        var meter = meters.get(id);
        if (meter == null) {
            var told = annotations.getOrDefault(podUid, first);
            meter = new Meter(container, started, new Reading(rates(told, container), 0, 0, 0));
            meters.put(id, meter);
            ofPods.computeIfAbsent(podUid, _ -> new HashSet<>()).add(id);
        }
        return meter.at(now);
    }

    /** What was counted so far stays. */
    void annotate(String podUid, Map<String, String> now, Instant at) {
        if (now.equals(annotations.put(podUid, now))) {
            return;
        }
        for (var id : ofPods.getOrDefault(podUid, Set.of())) {
            meters.computeIfPresent(id, (_, meter) -> {
                var then = meter.at(at);
                var rates = rates(now, meter.container);
                return new Meter(meter.container, at, new Reading(rates, then.cpuNanos, then.received, then.sent));
            });
        }
    }

    void forget(String id) {
        meters.remove(id);
    }

    void forgetPod(String podUid) {
        annotations.remove(podUid);
        ofPods.remove(podUid);
    }

    private static Rates rates(Map<String, String> told, String container) {
        return new Rates(
                amount(told, "cpu", container, NANOS, UNTOLD.cpuNanoCores),
                amount(told, "memory", container, 1, UNTOLD.memoryBytes),
                amount(told, "network-receive", "", 1, 0),
                amount(told, "network-transmit", "", 1, 0));
    }

    /** What can't be read is as if it were not there. */
    private static long amount(Map<String, String> told, String what, String container, long unit, long otherwise) {
        var own = told.get(PREFIX + what + "." + container);
        return own == null ? amount(told.get(PREFIX + what), unit, otherwise) : amount(own, unit, otherwise);
    }

    private static long amount(@Nullable String text, long unit, long otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            return Math.max(0, (long) (Quantity.parse(text.strip()).amount().doubleValue() * unit));
        } catch (QuantityException e) {
            return otherwise;
        }
    }
}
