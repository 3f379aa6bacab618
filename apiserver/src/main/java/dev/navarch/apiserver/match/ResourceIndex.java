package dev.navarch.apiserver.match;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Who may be interested in a resource, so that requests for those that nobody names cost a look into a table. Immutable.
 *
 * @param <T> whoever has criteria
 */
public final class ResourceIndex<T> {
    private static final String ANY = "*";

    private final List<T> wild;
    private final Map<String, List<T>> byResource;

    private ResourceIndex(List<T> wild, Map<String, List<T>> byResource) {
        this.wild = wild;
        this.byResource = byResource;
    }

    /** Of these, whose order is kept. */
    public static <T> ResourceIndex<T> of(List<T> all, Function<T, MatchCriteria> criteria) {
        Set<String> named = new HashSet<>();
        all.forEach(each -> named.addAll(criteria.apply(each).resources()));
        Map<String, List<T>> byResource = new HashMap<>();
        for (var resource : named) {
            List<T> interested = new ArrayList<>();
            for (var each : all) {
                var resources = criteria.apply(each).resources();
                if (resources.contains(resource) || resources.contains(ANY)) {
                    interested.add(each);
                }
            }
            byResource.put(resource, List.copyOf(interested));
        }
        return new ResourceIndex<>(byResource.getOrDefault(ANY, List.of()), Map.copyOf(byResource));
    }

    /** Those who may want requests for this resource, in order. */
    public List<T> at(String resource) {
        return byResource.isEmpty() ? wild : byResource.getOrDefault(resource, wild);
    }
}
