package dev.navarch.kubelet.runtime;

import java.time.Instant;

/**
 * How busy the machine is with everything that runs on it.
 *
 * @param cpuUsageCoreNanos cpu time since it was switched on
 * @param cpuUsageNanoCores the rate of late
 */
public record MachineStats(
        Instant at,
        long cpuUsageCoreNanos,
        long cpuUsageNanoCores,
        long memoryWorkingSetBytes,
        long memoryAvailableBytes) {}
