package dev.navarch.controllers.persistentvolume;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Objects as a cache has them, or as they were last written here if the cache does not show that yet: what was just bound
 * is not given away twice. For one thread.
 */
final class Latest<T extends HasMetadata> {
    private final Informer<T> cache;
    private final Map<Key, T> written = new HashMap<>();

    Latest(Informer<T> cache) {
        this.cache = cache;
    }

    Optional<T> get(Key key) {
        return cache.get(key).map(this::current);
    }

    /** Those for which the cache's index gives the value, as they are now. */
    List<T> byIndex(String index, String value) {
        return cache.byIndex(index, value).stream().map(this::current).toList();
    }

    private T current(T cached) {
        if (written.isEmpty()) {
            return cached;
        }
        var key = Key.of(cached);
        var own = written.get(key);
        if (own == null) {
            return cached;
        }
        if (version(cached) >= version(own)
                || !own.getMetadata().getUid().equals(cached.getMetadata().getUid())) {
            written.remove(key);
            return cached;
        }
        return own;
    }

    /** Returns what was written, for chaining. */
    T wrote(T object) {
        written.values().removeIf(o -> cache.get(Key.of(o)).isEmpty());
        written.put(Key.of(object), object);
        return object;
    }

    private static long version(HasMetadata object) {
        try {
            return Long.parseLong(object.getMetadata().getResourceVersion());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
