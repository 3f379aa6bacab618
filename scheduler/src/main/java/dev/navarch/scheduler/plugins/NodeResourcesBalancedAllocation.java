package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Resources;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;

/**
 * The more the pod brings the used shares of CPU and memory together, the better; not for pods that request neither
 * (source: plugins/noderesources, balanced_allocation.go, and the change that made it compare, kubernetes #135573).
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

    /** 75 if the balance stays as it is; from 50, if the pod spoils a perfect one, to 100, if it makes it perfect. */
    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        var has = node.allocatable();
        var used = node.requested();
        long without = balance(used.cpuMillis(), used.memoryBytes(), has);
        long with = balance(
                used.cpuMillis() + pod.requests().cpuMillis(),
                used.memoryBytes() + pod.requests().memoryBytes(),
                has);
        return MAX / 2 + (MAX / 2 + with - without) / 2;
    }

    /** 100 if the shares are equal, 50 if one is all and the other nothing. */
    private static long balance(long cpuMillis, long memoryBytes, Resources has) {
        if (has.cpuMillis() == 0 || has.memoryBytes() == 0) {
            return MAX;
        }
        double cpu = Math.min(1, (double) cpuMillis / has.cpuMillis());
        double memory = Math.min(1, (double) memoryBytes / has.memoryBytes());
        return (long) ((1 - Math.abs((cpu - memory) / 2)) * MAX);
    }
}
