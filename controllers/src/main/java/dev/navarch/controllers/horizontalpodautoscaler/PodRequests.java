package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.Quantity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What pods ask for, in thousandths. Source: kubernetes pkg/controller/podautoscaler/replica_calculator.go. */
final class PodRequests {
    private PodRequests() {}

    /** @param container the one that counts; empty for all that run along with the pod */
    static Map<String, Long> of(List<Pod> pods, String container, String resource) throws MetricsFailure {
        Map<String, Long> requests = new HashMap<>();
        for (var pod : pods) {
            var whole = container.isEmpty() ? request(pod.getSpec().getResources(), resource) : OptionalLong.empty();
            requests.put(
                    pod.getMetadata().getName(), whole.isPresent() ? whole.getAsLong() : sum(pod, container, resource));
        }
        return requests;
    }

    private static long sum(Pod pod, String name, String resource) throws MetricsFailure {
        List<Container> containers = new ArrayList<>(pod.getSpec().getContainers());
        for (var init : pod.getSpec().getInitContainers()) {
            if ("Always".equals(init.getRestartPolicy())) {
                containers.add(init);
            }
        }
        long sum = 0;
        boolean found = false;
        for (var container : containers) {
            if (name.isEmpty() || name.equals(container.getName())) {
                found = true;
                sum += request(container.getResources(), resource)
                        .orElseThrow(() -> new MetricsFailure("missing request for " + resource + " in container "
                                + container.getName() + " of Pod "
                                + pod.getMetadata().getName()));
            }
        }
        if (!found && !name.isEmpty()) {
            throw new MetricsFailure("container " + name + " not found in Pod "
                    + pod.getMetadata().getName());
        }
        return sum;
    }

    private static OptionalLong request(@Nullable ResourceRequirements resources, String resource) {
        var quantity = resources == null || resources.getRequests() == null
                ? null
                : resources.getRequests().get(resource);
        return quantity == null
                ? OptionalLong.empty()
                : OptionalLong.of(Quantity.parse(quantity.toString()).milliValue());
    }
}
