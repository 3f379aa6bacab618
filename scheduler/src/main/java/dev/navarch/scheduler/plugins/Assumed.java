package dev.navarch.scheduler.plugins;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Objects as a cache has them, but for those that are as good as changed: an assumption holds until the cache has a newer
 * version than the one that it was made of. Safe for use by many threads.
 *
 * <p>source: pkg/scheduler/util/assumecache/assume_cache.go.
 */
final class Assumed<T extends HasMetadata> {
    private final Informer<T> cache;
    private final Map<Key, T> assumed = new HashMap<>();

    Assumed(Informer<T> cache) {
        this.cache = cache;
    }

    synchronized Optional<T> get(Key key) {
        return current(cache.get(key), key);
    }

    /** As the API has it. */
    Optional<T> observed(Key key) {
        return cache.get(key);
    }

    /** The object in place of one from the cache. */
    synchronized T current(T cached) {
        return assumed.isEmpty()
                ? cached
                : current(Optional.of(cached), Key.of(cached)).orElse(cached);
    }

    private Optional<T> current(Optional<T> cached, Key key) {
        var other = assumed.get(key);
        if (other == null) {
            return cached;
        }
        if (cached.isEmpty() || version(cached.get()) > version(other)) {
            assumed.remove(key);
            return cached;
        }
        return Optional.of(other);
    }

    static long version(HasMetadata object) {
        try {
            return Long.parseLong(object.getMetadata().getResourceVersion());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    synchronized void assume(T changed) {
        assumed.put(Key.of(changed), changed);
    }

    synchronized void restore(T changed) {
        assumed.remove(Key.of(changed));
    }
}
