package dev.navarch.kubelet.runtime;

import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Limits of a container, in the kernel's terms. Empty means unset: the engine's default when creating, unchanged when
 * updating.
 *
 * @param cpuPeriodMicros the CFS period
 * @param cpuQuotaMicros the CFS quota in one period; -1 is none
 * @param cpuShares relative weight, cgroup v1's scale (2 to 262144)
 * @param memoryLimitBytes includes swap unless {@code memorySwapLimitBytes} is set
 * @param oomScoreAdj -1000 (never chosen) to 1000 (first)
 * @param cpusetCpus "" is all; e.g. {@code 0-3,6}
 * @param hugepageLimitBytes by page size, e.g. {@code 2MB}
 * @param unified files of cgroup v2 by name
 */
public record LinuxResources(
        OptionalLong cpuPeriodMicros,
        OptionalLong cpuQuotaMicros,
        OptionalLong cpuShares,
        OptionalLong memoryLimitBytes,
        OptionalLong memorySwapLimitBytes,
        OptionalInt oomScoreAdj,
        String cpusetCpus,
        String cpusetMems,
        Map<String, Long> hugepageLimitBytes,
        Map<String, String> unified) {

    public static final LinuxResources NONE = new LinuxResources(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalInt.empty(),
            "",
            "",
            Map.of(),
            Map.of());

    public LinuxResources {
        hugepageLimitBytes = Map.copyOf(hugepageLimitBytes);
        unified = Map.copyOf(unified);
    }
}
