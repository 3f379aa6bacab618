package dev.navarch.controllers.daemonset;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How soon failed pods of a node may be replaced again: a node that refuses a pod will refuse the next one too.
 *
 * <p>source: client-go util/flowcontrol/backoff.go, with 1 second to 15 minutes.
 */
final class FailureBackoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private final TimeSource time;
    /** Guarded by this. */
    private final Map<Place, Pause> pauses = new HashMap<>();

    /** @param generation of the set, when it was last acted on: a new template gets a new chance */
    record Place(String set, long generation, String node) {}

    private record Pause(Duration length, long since) {}

    FailureBackoff(TimeSource time) {
        this.time = time;
    }

    /** Zero if a failed pod may be replaced now, which is counted; otherwise how long to wait. */
    synchronized Duration next(Place place) {
        long now = time.nanoTime();
        pauses.values().removeIf(p -> now - p.since > 2 * LONGEST.toNanos());
        var pause = pauses.get(place);
        if (pause == null) {
            pauses.put(place, new Pause(FIRST, now));
            return Duration.ZERO;
        }
        if (now - pause.since < pause.length.toNanos()) {
            return pause.length;
        }
        var doubled = pause.length.multipliedBy(2);
        pauses.put(place, new Pause(doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST, now));
        return Duration.ZERO;
    }
}
