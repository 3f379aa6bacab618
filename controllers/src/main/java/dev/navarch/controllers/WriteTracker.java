package dev.navarch.controllers;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The versions that a controller wrote, by the key it wrote them for, so that it can tell a cache that does not show
 * them yet. What the cache does not have although it has come to that version is gone; a deletion that never shows is
 * forgotten after a minute.
 *
 * <p>source: kubernetes staging/src/k8s.io/endpointslice/util/endpointslice_tracker.go, by versions instead of
 * generations.
 */
public final class WriteTracker {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final TimeSource time;
    /** Guarded by this: by key, the written objects that the cache has not shown. */
    private final Map<Key, Map<Key, Written>> pending = new HashMap<>();

    private record Written(String uid, long version, boolean gone, long at) {}

    public WriteTracker(TimeSource time) {
        this.time = requireNonNull(time);
    }

    public synchronized void wrote(Key about, HasMetadata object) {
        put(about, object, false);
    }

    public synchronized void deleted(Key about, HasMetadata object) {
        put(about, object, true);
    }

    private void put(Key about, HasMetadata object, boolean gone) {
        var meta = object.getMetadata();
        pending.computeIfAbsent(about, _ -> new HashMap<>())
                .put(Key.of(object), new Written(meta.getUid(), version(object), gone, time.nanoTime()));
    }

    private static long version(HasMetadata object) {
        return number(object.getMetadata().getResourceVersion());
    }

    private static long number(String version) {
        try {
            return Long.parseLong(version);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Whether the cache shows all writes made for the key. */
    public synchronized boolean isShown(Key about, Informer<? extends HasMetadata> cache) {
        var waiting = pending.get(about);
        if (waiting == null) {
            return true;
        }
        long now = time.nanoTime();
        waiting.entrySet()
                .removeIf(e -> shows(cache, e.getKey(), e.getValue())
                        || e.getValue().gone && now - e.getValue().at > TIMEOUT.toNanos());
        if (waiting.isEmpty()) {
            pending.remove(about);
            return true;
        }
        return false;
    }

    private static boolean shows(Informer<? extends HasMetadata> cache, Key key, Written written) {
        var seen = cache.get(key);
        if (written.gone) {
            return seen.isEmpty()
                    || seen.get().getMetadata().getDeletionTimestamp() != null
                    || !seen.get().getMetadata().getUid().equals(written.uid);
        }
        return number(cache.version()) >= written.version
                || seen.filter(o -> version(o) >= written.version).isPresent();
    }

    /** The object is gone, so that waiting for a version of it is in vain. */
    public synchronized void forget(Key about, HasMetadata object) {
        var waiting = pending.get(about);
        if (waiting != null) {
            waiting.remove(Key.of(object));
        }
    }
}
