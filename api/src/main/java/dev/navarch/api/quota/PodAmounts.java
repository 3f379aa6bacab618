package dev.navarch.api.quota;

import dev.navarch.api.values.Quantity;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a pod as a whole asks for: the sum of its containers and sidecars, or the most that is needed while it starts
 * (source: k8s.io/component-helpers resource/helpers.go).
 */
public final class PodAmounts {
    private PodAmounts() {}

    /** @param field requests or limits */
    public static Map<String, Quantity> of(JsonNode pod, String field) {
        Map<String, Quantity> sum = new TreeMap<>();
        for (var container : pod.path("spec").path("containers")) {
            Amounts.add(sum, amounts(container, field));
        }
        Map<String, Quantity> sidecars = new TreeMap<>();
        Map<String, Quantity> starting = new TreeMap<>();
        for (var container : pod.path("spec").path("initContainers")) {
            var own = amounts(container, field);
            if (container.path("restartPolicy").asString("").equals("Always")) {
                Amounts.add(sum, own);
                Amounts.add(sidecars, own);
                Amounts.raise(starting, sidecars);
            } else {
                Amounts.add(own, sidecars);
                Amounts.raise(starting, own);
            }
        }
        Amounts.raise(sum, starting);
        sum.putAll(amounts(pod.path("spec"), field)); // what is said for the pod, stands
        return sum;
    }

    /** Likewise, with what running the pod costs beside its containers. */
    static Map<String, Quantity> withOverhead(JsonNode pod, String field) {
        var sum = of(pod, field);
        Amounts.of(pod.path("spec").path("overhead")).forEach((name, amount) -> {
            if (field.equals("requests") || sum.containsKey(name)) {
                sum.merge(name, amount, Quantity::plus);
            }
        });
        return sum;
    }

    private static Map<String, Quantity> amounts(JsonNode owner, String field) {
        return Amounts.of(owner.path("resources").path(field));
    }
}
