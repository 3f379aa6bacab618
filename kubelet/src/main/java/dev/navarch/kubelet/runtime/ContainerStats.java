package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The figures of one container at one instant; what the engine doesn't know is empty.
 *
 * @param cpuUsageCoreNanos cpu time since the start
 * @param cpuUsageNanoCores the rate now
 * @param memoryWorkingSetBytes what can't be reclaimed under pressure
 */
public record ContainerStats(
        String id,
        ContainerMetadata metadata,
        Map<String, String> labels,
        Instant at,
        OptionalLong cpuUsageCoreNanos,
        OptionalLong cpuUsageNanoCores,
        OptionalLong memoryWorkingSetBytes,
        OptionalLong memoryUsageBytes,
        OptionalLong memoryRssBytes,
        OptionalLong pageFaults,
        OptionalLong majorPageFaults,
        OptionalLong writableLayerUsedBytes,
        OptionalLong writableLayerInodesUsed) {

    public ContainerStats {
        labels = Map.copyOf(labels);
    }
}
