package dev.navarch.apiserver.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Headers as a flat list of names and values: there are few, so that looking through them is cheapest. */
record ListedHeaders(List<String> flat) implements Headers {
    ListedHeaders {
        if (flat.size() % 2 != 0) {
            throw new IllegalArgumentException("a header without a value");
        }
        flat = List.copyOf(flat);
    }

    @Override
    public Optional<String> first(String name) {
        for (int i = 0; i < flat.size(); i += 2) {
            if (flat.get(i).equalsIgnoreCase(name)) {
                return Optional.of(flat.get(i + 1));
            }
        }
        return Optional.empty();
    }

    @Override
    public List<String> all(String name) {
        List<String> found = new ArrayList<>(1);
        for (int i = 0; i < flat.size(); i += 2) {
            if (flat.get(i).equalsIgnoreCase(name)) {
                found.add(flat.get(i + 1));
            }
        }
        return found;
    }

    @Override
    public void forEach(BiConsumer<String, String> action) {
        for (int i = 0; i < flat.size(); i += 2) {
            action.accept(flat.get(i), flat.get(i + 1));
        }
    }
}
