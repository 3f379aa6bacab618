package dev.navarch.kubelet;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How long a container that ended waits before it starts again: not at all the first time, then 10 s, doubling to 5
 * minutes; forgotten when it ran 10 minutes. Not safe for use by many threads: belongs to one pod's worker.
 *
 * <p>Source of the behaviour: doBackOff in kubernetes pkg/kubelet/kuberuntime/kuberuntime_manager.go with
 * staging/src/k8s.io/client-go/util/flowcontrol/backoff.go.
 */
final class CrashBackoff {
    private final Duration initial;
    private final Duration max;
    private final Map<String, Entry> entries = new HashMap<>();

    private record Entry(Duration delay, Instant at) {}

    /** A container that waits. */
    record Wait(Duration delay, Instant until) {}

    CrashBackoff(Duration initial, Duration max) {
        this.initial = initial;
        this.max = max;
    }

    /** The wait of a container that ended at {@code finished}, if it still has to; else it is counted as started now. */
    Optional<Wait> check(String container, Instant finished, Instant now) {
        var entry = entries.get(container);
        if (entry == null || expired(entry, finished)) {
            entries.put(container, new Entry(initial, now));
            return Optional.empty();
        }
        var until = finished.plus(entry.delay());
        if (now.isBefore(until)) {
            return Optional.of(new Wait(entry.delay(), until));
        }
        var doubled = entry.delay().multipliedBy(2);
        entries.put(container, new Entry(doubled.compareTo(max) > 0 ? max : doubled, now));
        return Optional.empty();
    }

    private boolean expired(Entry entry, Instant finished) {
        return Duration.between(entry.at(), finished).compareTo(max.multipliedBy(2)) > 0;
    }
}
