package dev.navarch.api.kinds;

import dev.navarch.api.values.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Requests and limits of a pod as a whole, beside those of its containers.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validatePodResources); component-helpers
 * resource/helpers.go (AggregateContainerRequests).
 */
final class PodResourceChecks {
    private static final List<String> SUPPORTED = List.of("cpu", "memory");

    private PodResourceChecks() {}

    static void check(At spec, Problems problems) {
        At resources = spec.at("resources");
        if (resources.at("claims").isSet()) {
            problems.forbidden(resources.at("claims"), "claims cannot be set for Resources at pod-level");
        }
        for (String part : List.of("limits", "requests")) {
            for (Map.Entry<String, At> amount : resources.at(part).entries()) {
                String name = amount.getKey();
                if (!SUPPORTED.contains(name) && !name.startsWith("hugepages-")) {
                    problems.notSupported(amount.getValue(), name, SUPPORTED);
                }
            }
        }
        ResourceChecks.amounts(resources, Set.of(), (_, _, _) -> {}, problems);
        for (Map.Entry<String, Quantity> wanted : aggregate(spec).entrySet()) {
            At at = resources.at("requests").key(wanted.getKey());
            Quantity given = ResourceChecks.quantity(at).orElse(Quantity.ZERO);
            if (wanted.getValue().compareTo(given) > 0) {
                problems.invalid(
                        at,
                        given.toString(),
                        "must be greater than or equal to aggregate container requests of " + wanted.getValue());
            }
        }
        limits(spec, problems);
    }

    private static void limits(At spec, Problems problems) {
        At resources = spec.at("resources");
        List<At> containers = spec.at("containers").items();
        for (int i = 0; i < containers.size(); i++) {
            for (Map.Entry<String, At> limit :
                    containers.get(i).at("resources", "limits").entries()) {
                var most = ResourceChecks.quantity(resources.at("limits").key(limit.getKey()));
                var own = ResourceChecks.quantity(limit.getValue());
                if (most.isPresent() && own.isPresent() && own.get().compareTo(most.get()) > 0) {
                    At at = resources
                            .at("containers")
                            .item(i)
                            .key(limit.getKey())
                            .at("limits");
                    problems.invalid(
                            at, own.get().toString(), "must be less than or equal to pod limits of " + most.get());
                }
            }
        }
    }

    /** What all containers that run at once ask for, or the greediest init container with the sidecars before it. */
    private static Map<String, Quantity> aggregate(At spec) {
        Map<String, Quantity> running = new TreeMap<>();
        for (At container : spec.at("containers").items()) {
            add(container, running);
        }
        Map<String, Quantity> sidecars = new TreeMap<>();
        Map<String, Quantity> starting = new TreeMap<>();
        for (At container : spec.at("initContainers").items()) {
            boolean stays = container.at("restartPolicy").is("Always");
            if (stays) {
                add(container, running);
                add(container, sidecars);
            }
            Map<String, Quantity> now = new TreeMap<>(sidecars);
            if (!stays) {
                add(container, now);
            }
            now.forEach((name, amount) -> starting.merge(name, amount, PodResourceChecks::larger));
        }
        starting.forEach((name, amount) -> running.merge(name, amount, PodResourceChecks::larger));
        return running;
    }

    private static void add(At container, Map<String, Quantity> sum) {
        for (Map.Entry<String, At> request :
                container.at("resources", "requests").entries()) {
            ResourceChecks.quantity(request.getValue())
                    .ifPresent(amount -> sum.merge(request.getKey(), amount, Quantity::plus));
        }
    }

    private static Quantity larger(Quantity a, Quantity b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
