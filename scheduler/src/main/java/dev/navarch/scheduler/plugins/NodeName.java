package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import java.util.Optional;

/** Only the node that the pod names, if it names one (source: plugins/nodename). */
public final class NodeName implements Plugin.Filter, Plugin.NodeLocal {
    private static final Status OTHER = Status.unresolvable("node(s) didn't match the requested node name");

    @Override
    public String name() {
        return "NodeName";
    }

    @Override
    public Object signature(PodInfo pod) {
        return Optional.ofNullable(pod.pod().getSpec().getNodeName());
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var wanted = pod.pod().getSpec().getNodeName();
        return wanted == null || wanted.isEmpty() || wanted.equals(node.name()) ? Status.SUCCESS : OTHER;
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.NodeAdded;
    }
}
