package dev.navarch.controllers;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.Key;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The creations and deletions that a controller asked for and its cache has not shown yet. While there are any for a
 * key, the cache is stale and the controller must not count on it. What never shows is forgotten after 5 minutes.
 *
 * <p>source: kubernetes pkg/controller/controller_utils.go (UIDTrackingControllerExpectations).
 */
public final class Expectations {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private final TimeSource time;
    /** Guarded by this. */
    private final Map<Key, Expected> expected = new HashMap<>();

    private static final class Expected {
        private int creations;
        private final Set<String> deletions = new HashSet<>();
        private final long since;

        Expected(long since) {
            this.since = since;
        }
    }

    public Expectations(TimeSource time) {
        this.time = requireNonNull(time);
    }

    /** True when the cache shows all that was asked for, or should have long ago. */
    public boolean satisfied(Key key) {
        return !left(key).isPositive();
    }

    /**
     * How long the cache may still take to show what was asked for; zero when it has. Who waits for it should look again
     * then: what was made and went while nobody looked never shows.
     */
    public synchronized Duration left(Key key) {
        var held = expected.get(key);
        if (held == null || held.creations <= 0 && held.deletions.isEmpty()) {
            return Duration.ZERO;
        }
        return TIMEOUT.minusNanos(time.nanoTime() - held.since);
    }

    public void expectCreations(Key key, int count) {
        expect(key, count, List.of());
    }

    /** @param uids of the objects */
    public void expectDeletions(Key key, Collection<String> uids) {
        expect(key, 0, uids);
    }

    /** @param uids of the objects to be deleted */
    public synchronized void expect(Key key, int creations, Collection<String> uids) {
        var fresh = new Expected(time.nanoTime());
        fresh.creations = creations;
        fresh.deletions.addAll(uids);
        expected.put(key, fresh);
    }

    /** A creation was seen, or has failed. */
    public synchronized void created(Key key) {
        var held = expected.get(key);
        if (held != null) {
            held.creations--;
        }
    }

    /** A deletion was seen, or has failed. */
    public synchronized void deleted(Key key, String uid) {
        var held = expected.get(key);
        if (held != null) {
            held.deletions.remove(uid);
        }
    }

    public synchronized void forget(Key key) {
        expected.remove(key);
    }
}
