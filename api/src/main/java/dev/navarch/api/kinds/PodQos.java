package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Container;
import dev.navarch.api.kinds.Containers.Role;
import dev.navarch.api.values.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The quality of service a pod gets, by what its containers ask of CPU and memory.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/helper/qos/qos.go.
 */
public final class PodQos {
    private static final List<String> COUNTED = List.of("cpu", "memory");

    private PodQos() {}

    /** {@code Guaranteed}, {@code Burstable} or {@code BestEffort}. */
    public static String of(ObjectNode pod) {
        At spec = At.root(pod).at("spec");
        Map<String, Quantity> requests = new TreeMap<>();
        Map<String, Quantity> limits = new TreeMap<>();
        boolean allLimited = true;
        if (spec.at("resources").isSet() && !spec.at("resources").isEmpty()) {
            allLimited = add(spec.at("resources"), requests, limits);
        } else {
            for (Container container : Containers.of(spec)) {
                if (container.role() != Role.EPHEMERAL) {
                    allLimited &= add(container.at().at("resources"), requests, limits);
                }
            }
        }
        if (requests.isEmpty() && limits.isEmpty()) {
            return "BestEffort";
        }
        return allLimited && requests.equals(limits) ? "Guaranteed" : "Burstable";
    }

    /** Adds up; whether both resources are limited. */
    private static boolean add(At resources, Map<String, Quantity> requests, Map<String, Quantity> limits) {
        boolean limited = true;
        for (String name : COUNTED) {
            positive(resources.at("requests").key(name)).ifPresent(q -> requests.merge(name, q, Quantity::plus));
            Optional<Quantity> limit = positive(resources.at("limits").key(name));
            limit.ifPresent(q -> limits.merge(name, q, Quantity::plus));
            limited &= limit.isPresent();
        }
        return limited;
    }

    private static Optional<Quantity> positive(At at) {
        return ResourceChecks.quantity(at).filter(quantity -> quantity.sign() > 0);
    }
}
