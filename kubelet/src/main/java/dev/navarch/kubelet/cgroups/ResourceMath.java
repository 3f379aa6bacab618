package dev.navarch.kubelet.cgroups;

import dev.navarch.kubelet.runtime.LinuxResources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Turns quantities into the kernel's numbers. Sources: kubernetes pkg/kubelet/cm/helpers_linux.go,
 * pkg/kubelet/qos/policy.go, staging/src/k8s.io/component-helpers/resource/helpers.go.
 */
public final class ResourceMath {
    public static final long CPU_PERIOD_MICROS = 100_000;
    private static final long MIN_QUOTA_MICROS = 1_000;
    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;

    private ResourceMath() {}

    /** Thousandths of a CPU, rounded up; 0 if not given. */
    public static long cpuMillis(@Nullable Quantity quantity) {
        return scaled(quantity, BigDecimal.valueOf(1000));
    }

    /** The whole value, rounded up; 0 if not given. */
    public static long value(@Nullable Quantity quantity) {
        return scaled(quantity, BigDecimal.ONE);
    }

    private static long scaled(@Nullable Quantity quantity, BigDecimal factor) {
        if (quantity == null || quantity.getAmount() == null) {
            return 0;
        }
        var exact = quantity.getNumericalAmount().multiply(factor).setScale(0, RoundingMode.CEILING);
        return exact.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0 ? Long.MAX_VALUE : exact.longValue();
    }

    public static long shares(long cpuMillis) {
        return Math.clamp(cpuMillis * 1024 / 1000, MIN_SHARES, MAX_SHARES);
    }

    public static long quotaMicros(long cpuMillis) {
        return Math.max(cpuMillis * CPU_PERIOD_MICROS / 1000, MIN_QUOTA_MICROS);
    }

    /** cgroup v2's weight for v1's shares. */
    public static long weight(long shares) {
        return 1 + (shares - 2) * 9999 / 262142;
    }

    public static @Nullable Quantity request(Container container, String name) {
        var resources = container.getResources();
        return resources == null || resources.getRequests() == null
                ? null
                : resources.getRequests().get(name);
    }

    public static @Nullable Quantity limit(Container container, String name) {
        var resources = container.getResources();
        return resources == null || resources.getLimits() == null
                ? null
                : resources.getLimits().get(name);
    }

    /** A request that is not given is the limit. */
    public static @Nullable Quantity requestOrLimit(Container container, String name) {
        var request = request(container, name);
        return request == null ? limit(container, name) : request;
    }

    /** The limits of one container. */
    public static LinuxResources of(Pod pod, Container container, long memoryCapacity) {
        var cpuLimit = limit(container, "cpu");
        var memoryLimit = limit(container, "memory");
        Map<String, Long> hugepages = new HashMap<>();
        if (container.getResources() != null && container.getResources().getLimits() != null) {
            container.getResources().getLimits().forEach((name, quantity) -> {
                if (name.startsWith("hugepages-")) {
                    hugepages.put(name.substring(10).replace("i", "") + "B", value(quantity));
                }
            });
        }
        boolean limited = cpuMillis(cpuLimit) > 0;
        return new LinuxResources(
                limited ? OptionalLong.of(CPU_PERIOD_MICROS) : OptionalLong.empty(),
                limited ? OptionalLong.of(quotaMicros(cpuMillis(cpuLimit))) : OptionalLong.empty(),
                OptionalLong.of(shares(cpuMillis(requestOrLimit(container, "cpu")))),
                value(memoryLimit) > 0 ? OptionalLong.of(value(memoryLimit)) : OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalInt.of(oomScoreAdj(pod, container, memoryCapacity)),
                "",
                "",
                hugepages,
                Map.of());
    }

    /** Who goes first when memory runs out: those that asked for least of it. */
    public static int oomScoreAdj(Pod pod, Container container, long memoryCapacity) {
        var priority = pod.getSpec().getPriority();
        if (priority != null && priority >= 2_000_000_000) {
            return -997;
        }
        return switch (QosClass.of(pod)) {
            case GUARANTEED -> -997;
            case BEST_EFFORT -> 1000;
            case BURSTABLE -> {
                long request = value(requestOrLimit(container, "memory"));
                long adjust = memoryCapacity == 0 ? 1000 : 1000 - 1000 * Math.min(request, 1L << 50) / memoryCapacity;
                yield Math.clamp(adjust, 3, 999);
            }
        };
    }

    /** What a pod asks for of a resource: the larger of its running containers' sum and its init phase. */
    public static long podRequest(Pod pod, String name) {
        return aggregate(pod, name, true);
    }

    /** The sum of limits; 0 unless every container has one. */
    public static long podLimit(Pod pod, String name) {
        for (var container : pod.getSpec().getContainers()) {
            if (amount(limit(container, name), name) == 0) {
                return 0;
            }
        }
        if (pod.getSpec().getInitContainers() != null) {
            for (var container : pod.getSpec().getInitContainers()) {
                if (amount(limit(container, name), name) == 0) {
                    return 0;
                }
            }
        }
        return aggregate(pod, name, false);
    }

    private static long aggregate(Pod pod, String name, boolean requests) {
        long main = 0;
        for (var container : pod.getSpec().getContainers()) {
            main += amount(requests ? requestOrLimit(container, name) : limit(container, name), name);
        }
        long sidecars = 0;
        long init = 0;
        if (pod.getSpec().getInitContainers() != null) {
            for (var container : pod.getSpec().getInitContainers()) {
                long one = amount(requests ? requestOrLimit(container, name) : limit(container, name), name);
                if ("Always".equals(container.getRestartPolicy())) {
                    sidecars += one;
                    init = Math.max(init, sidecars);
                } else {
                    init = Math.max(init, sidecars + one);
                }
            }
        }
        long overhead = pod.getSpec().getOverhead() == null
                ? 0
                : amount(pod.getSpec().getOverhead().get(name), name);
        return Math.max(main + sidecars, init) + overhead;
    }

    private static long amount(@Nullable Quantity quantity, String name) {
        return name.equals("cpu") ? cpuMillis(quantity) : value(quantity);
    }
}
