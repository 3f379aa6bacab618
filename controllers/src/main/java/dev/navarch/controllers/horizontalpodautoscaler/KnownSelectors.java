package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which pods the autoscalers look at: two that look at the same would fight over them. */
final class KnownSelectors {
    private final Map<Key, LabelSelector> byAutoscaler = new ConcurrentHashMap<>();

    void put(Key autoscaler, LabelSelector selector) {
        byAutoscaler.put(autoscaler, selector);
    }

    void remove(Key autoscaler) {
        byAutoscaler.remove(autoscaler);
    }

    /** Who looks at any of these pods of a namespace, as namespace and name. */
    List<String> of(String namespace, List<Pod> pods) {
        return byAutoscaler.entrySet().stream()
                .filter(e -> e.getKey().namespace().equals(namespace)
                        && pods.stream().anyMatch(p -> Selectors.matches(e.getValue(), p)))
                .map(e -> e.getKey().namespace() + "/" + e.getKey().name())
                .sorted()
                .toList();
    }
}
