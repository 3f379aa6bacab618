package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;

/**
 * The closer to each other the used shares of CPU and memory would be, the better; not for pods that request neither
 * (source: plugins/noderesources, balanced_allocation.go).
 */
public final class NodeResourcesBalancedAllocation implements Plugin.PreScore, Plugin.Score {
    @Override
    public String name() {
        return "NodeResourcesBalancedAllocation";
    }

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        return pod.requests().cpuMillis() == 0 && pod.requests().memoryBytes() == 0 ? Status.SKIP : Status.SUCCESS;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var has = node.allocatable();
        double cpu = share(node.requested().cpuMillis() + pod.requests().cpuMillis(), has.cpuMillis());
        double memory = share(node.requested().memoryBytes() + pod.requests().memoryBytes(), has.memoryBytes());
        double deviation = has.cpuMillis() == 0 || has.memoryBytes() == 0 ? 0 : Math.abs((cpu - memory) / 2);
        return (long) ((1 - deviation) * MAX);
    }

    private static double share(long used, long has) {
        return has == 0 ? 0 : Math.min(1, (double) used / has);
    }
}
