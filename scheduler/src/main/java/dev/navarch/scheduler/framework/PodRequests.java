package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How much a pod asks for: the sum of its containers and sidecars or, if that is more at any time of its start, of an
 * init container with the sidecars that run before it; pod-level requests in place of that; and its overhead.
 *
 * <p>source: component-helpers resource/helpers.go.
 */
final class PodRequests {
    /** What a container that asks for none is taken to need when nodes are compared. */
    static final long DEFAULT_CPU_MILLIS = 100;

    static final long DEFAULT_MEMORY_BYTES = 200L << 20;

    private final Pod pod;
    private final Map<String, ContainerStatus> statuses = new HashMap<>();
    private final boolean nonZero;

    private PodRequests(Pod pod, boolean nonZero) {
        this.pod = pod;
        this.nonZero = nonZero;
        var status = pod.getStatus();
        if (status != null) {
            remember(status.getContainerStatuses());
            remember(status.getInitContainerStatuses());
        }
    }

    private void remember(@Nullable List<ContainerStatus> all) {
        if (all != null) {
            all.forEach(one -> statuses.put(one.getName(), one));
        }
    }

    /** What must fit. */
    static Resources exact(Pod pod) {
        return new PodRequests(pod, false).sum();
    }

    /**
     * What is compared: containers that ask for no CPU or memory count for a little.
     *
     * @param exact what must fit
     */
    static Resources nonZero(Pod pod, Resources exact) {
        return asksForAll(pod) ? exact : new PodRequests(pod, true).sum();
    }

    private static boolean asksForAll(Pod pod) {
        for (var container : pod.getSpec().getContainers()) {
            var requests = requests(container.getResources());
            if (!requests.containsKey("cpu") || !requests.containsKey("memory")) {
                return false;
            }
        }
        return pod.getSpec().getInitContainers() == null
                || pod.getSpec().getInitContainers().isEmpty();
    }

    private Resources sum() {
        var sum = Resources.NONE;
        for (var container : pod.getSpec().getContainers()) {
            sum = sum.plus(of(container));
        }
        var sidecars = Resources.NONE;
        var start = Resources.NONE;
        for (var container : nullToEmpty(pod.getSpec().getInitContainers())) {
            var own = of(container);
            if ("Always".equals(container.getRestartPolicy())) {
                sum = sum.plus(own);
                sidecars = sidecars.plus(own);
                start = start.max(sidecars);
            } else {
                start = start.max(sidecars.plus(own));
            }
        }
        return podLevel(sum.max(start)).plus(Resources.of(pod.getSpec().getOverhead()));
    }

    private static <T> List<T> nullToEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private Resources of(Container container) {
        var spec = Resources.of(requests(container.getResources()));
        var status = statuses.get(container.getName());
        if (status != null) {
            // While it is resized, a container counts for the most that it has and is to have.
            spec = spec.max(Resources.of(status.getAllocatedResources()))
                    .max(Resources.of(requests(status.getResources())));
        }
        return nonZero ? withDefaults(container, spec) : spec;
    }

    private Resources withDefaults(Container container, Resources spec) {
        var requests = requests(container.getResources());
        boolean cpu = !requests.containsKey("cpu") && !podLevel().containsKey("cpu");
        boolean memory = !requests.containsKey("memory") && !podLevel().containsKey("memory");
        return new Resources(
                cpu ? Math.max(DEFAULT_CPU_MILLIS, spec.cpuMillis()) : spec.cpuMillis(),
                memory ? Math.max(DEFAULT_MEMORY_BYTES, spec.memoryBytes()) : spec.memoryBytes(),
                spec.ephemeralBytes(),
                spec.scalars());
    }

    private static Map<String, Quantity> requests(@Nullable ResourceRequirements resources) {
        return resources == null || resources.getRequests() == null ? Map.of() : resources.getRequests();
    }

    private Map<String, Quantity> podLevel() {
        return requests(pod.getSpec().getResources());
    }

    private Resources podLevel(Resources sum) {
        var level = podLevel();
        if (level.isEmpty()) {
            return sum;
        }
        var amounts = Resources.of(level);
        var scalars = new TreeMap<>(sum.scalars());
        amounts.scalars().forEach((name, amount) -> {
            if (name.startsWith("hugepages-")) {
                scalars.put(name, amount);
            }
        });
        return new Resources(
                level.containsKey("cpu") ? amounts.cpuMillis() : sum.cpuMillis(),
                level.containsKey("memory") ? amounts.memoryBytes() : sum.memoryBytes(),
                sum.ephemeralBytes(),
                scalars);
    }
}
