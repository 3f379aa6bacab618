package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Objects by key, and by the values of indexes. One thread writes; any may read. */
final class ObjectCache<T extends HasMetadata> {
    private static final Logger log = LoggerFactory.getLogger(ObjectCache.class);
    private static final String NAMESPACE = "namespace";

    private final Map<Key, T> objects = new ConcurrentHashMap<>();
    /** Guarded by this, as are all writes, so that a reader of an index never sees half of one. */
    private final Map<String, Index<T>> indexes = new HashMap<>();

    private record Index<T extends HasMetadata>(
            String name, Function<T, ? extends Collection<String>> values, Map<String, Map<Key, T>> entries) {
        void add(Key key, T object) {
            for (var value : valuesOf(object)) {
                entries.computeIfAbsent(value, _ -> new LinkedHashMap<>()).put(key, object);
            }
        }

        void remove(Key key, T object) {
            for (var value : valuesOf(object)) {
                var held = entries.get(value);
                if (held != null && held.remove(key) != null && held.isEmpty()) {
                    entries.remove(value);
                }
            }
        }

        /** None of an object that lacks what is looked for: one odd object must not keep the others out. */
        private Collection<String> valuesOf(T object) {
            try {
                return values.apply(object);
            } catch (RuntimeException e) {
                log.error("{} has no place in the index {}", Key.of(object), name, e);
                return List.of();
            }
        }
    }

    ObjectCache() {
        addIndex(NAMESPACE, o -> List.of(Key.of(o).namespace()));
    }

    synchronized void addIndex(String name, Function<T, ? extends Collection<String>> values) {
        if (!indexes.containsKey(name)) {
            var index = new Index<T>(name, values, new HashMap<>());
            objects.forEach(index::add);
            indexes.put(name, index);
        }
    }

    /** Returns what was there before. */
    synchronized @Nullable T put(Key key, T object) {
        var before = objects.put(key, object);
        for (var index : indexes.values()) {
            if (before != null) {
                index.remove(key, before);
            }
            index.add(key, object);
        }
        return before;
    }

    synchronized @Nullable T remove(Key key) {
        var before = objects.remove(key);
        if (before != null) {
            indexes.values().forEach(i -> i.remove(key, before));
        }
        return before;
    }

    Optional<T> get(Key key) {
        return Optional.ofNullable(objects.get(key));
    }

    List<T> list() {
        return List.copyOf(objects.values());
    }

    List<Key> keys() {
        return List.copyOf(objects.keySet());
    }

    List<T> list(String namespace) {
        return byIndex(NAMESPACE, namespace);
    }

    synchronized List<T> byIndex(String name, String value) {
        var index = indexes.get(name);
        if (index == null) {
            throw new IllegalArgumentException("no index " + name);
        }
        var held = index.entries.get(value);
        return held == null ? List.of() : List.copyOf(new ArrayList<>(held.values()));
    }
}
