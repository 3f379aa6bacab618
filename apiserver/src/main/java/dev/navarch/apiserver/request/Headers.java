package dev.navarch.apiserver.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Header fields in order, with names in any case. Immutable. */
public interface Headers {
    Headers EMPTY = new ListedHeaders(List.of());

    Optional<String> first(String name);

    List<String> all(String name);

    void forEach(BiConsumer<String, String> action);

    /** These and one more. */
    default Headers with(String name, String value) {
        List<String> all = new ArrayList<>();
        forEach((n, v) -> {
            all.add(n);
            all.add(v);
        });
        all.add(name);
        all.add(value);
        return new ListedHeaders(all);
    }

    /** Headers from names and values in turn. */
    static Headers of(String... namesAndValues) {
        return new ListedHeaders(List.of(namesAndValues));
    }

    /** Likewise. */
    static Headers of(List<String> namesAndValues) {
        return new ListedHeaders(namesAndValues);
    }
}
