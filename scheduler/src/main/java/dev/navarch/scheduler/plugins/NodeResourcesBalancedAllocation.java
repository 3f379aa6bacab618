package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import java.util.List;

/**
 * The more the pod brings the used shares of resources together, the better; not for pods that request none of them
 * (source: plugins/noderesources, balanced_allocation.go, and the change that made it compare, kubernetes #135573).
 */
public final class NodeResourcesBalancedAllocation implements Plugin.PreScore, Plugin.Score, Plugin.NodeLocal {
    private final List<String> resources;

    /** Of CPU and memory. */
    public NodeResourcesBalancedAllocation() {
        this(List.of("cpu", "memory"));
    }

    NodeResourcesBalancedAllocation(List<String> resources) {
        this.resources = List.copyOf(resources);
    }

    @Override
    public String name() {
        return "NodeResourcesBalancedAllocation";
    }

    @Override
    public Object signature(PodInfo pod) {
        return pod.requests();
    }

    @Override
    public Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot) {
        for (var name : resources) {
            if (pod.requests().amount(name) != 0) {
                return Status.SUCCESS;
            }
        }
        return Status.SKIP;
    }

    /** 75 if the balance stays as it is; from 50, if the pod spoils a perfect one, to 100, if it makes it perfect. */
    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        long without = balance(pod, node, 0);
        long with = balance(pod, node, 1);
        return MAX / 2 + (MAX / 2 + with - without) / 2;
    }

    /**
     * 100 if the shares are equal, 50 if one of two is all and the other nothing: 1 less their standard deviation.
     *
     * @param times how often the pod is there
     */
    private long balance(PodInfo pod, NodeInfo node, int times) {
        var shares = new double[resources.size()];
        int count = 0;
        double sum = 0;
        for (var name : resources) {
            long has = ResourceScoring.capacity(pod, node, name);
            if (has != 0) {
                long used =
                        node.requested().amount(name) + times * pod.requests().amount(name);
                shares[count] = Math.min(1, (double) used / has);
                sum += shares[count++];
            }
        }
        double deviation = 0;
        if (count == 2) {
            deviation = Math.abs((shares[0] - shares[1]) / 2);
        } else if (count > 2) {
            double mean = sum / count;
            double squares = 0;
            for (int i = 0; i < count; i++) {
                squares += (shares[i] - mean) * (shares[i] - mean);
            }
            deviation = Math.sqrt(squares / count);
        }
        return (long) ((1 - deviation) * MAX);
    }
}
