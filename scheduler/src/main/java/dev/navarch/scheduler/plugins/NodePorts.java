package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.HostPort;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import java.util.List;

/** The host ports that the pod asks for are free (source: plugins/nodeports). */
public final class NodePorts implements Plugin.PreFilter, Plugin.Filter, Plugin.NodeLocal {
    private static final Status TAKEN =
            Status.unschedulable("node(s) didn't have free ports for the requested pod ports");

    @Override
    public String name() {
        return "NodePorts";
    }

    @Override
    public Object signature(PodInfo pod) {
        return pod.hostPorts();
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        return pod.hostPorts().isEmpty() ? Result.SKIP : Result.ALL;
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        return conflict(pod.hostPorts(), node.usedPorts()) ? TAKEN : Status.SUCCESS;
    }

    private static boolean conflict(List<HostPort> wanted, List<HostPort> used) {
        for (var one : wanted) {
            for (var other : used) {
                if (one.conflictsWith(other)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.NodeAdded || event instanceof ClusterEvent.PodRemoved;
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return !(event instanceof ClusterEvent.PodRemoved removed)
                || conflict(pod.hostPorts(), removed.pod().hostPorts());
    }
}
