package dev.navarch.client;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names of events, as upstream's: that of the object, and the time. The time is a little later for one component than for
 * another, and for a second event about the same object, so that none takes the name of one that is told elsewhere at the
 * same instant. Safe for use by many threads.
 */
public final class EventNames {
    /** Of how many objects it is kept how their last event was named. */
    private static final int NAMED = 4096;

    /** All that names are made later by is less than a millisecond. */
    private static final int COMPONENTS = 10_000;

    private static final long EACH = 100;

    private final long offset;

    /** What the last events about objects were named by; guarded by itself. */
    private final Map<String, Long> named = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > NAMED;
        }
    };

    /** @param component who tells the events, on this machine if there are several */
    public EventNames(String component) {
        offset = Math.floorMod(component.hashCode(), COMPONENTS) * EACH;
    }

    /** @param about the object's name */
    public String next(String about, Instant now) {
        long own = now.getEpochSecond() * 1_000_000_000L + now.getNano() + offset;
        synchronized (named) {
            return about + "." + Long.toHexString(named.merge(about, own, (last, next) -> Math.max(last + 1, next)));
        }
    }
}
