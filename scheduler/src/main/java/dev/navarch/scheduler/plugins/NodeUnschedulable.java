package dev.navarch.scheduler.plugins;

import dev.navarch.client.Tolerations;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.util.Optional;

/** No cordoned node, unless the pod tolerates that (source: plugins/nodeunschedulable). */
public final class NodeUnschedulable implements Plugin.Filter, Plugin.NodeLocal {
    private static final Status CORDONED = Status.unresolvable("node(s) were unschedulable");

    private final Taint cordon = new TaintBuilder()
            .withKey("node.kubernetes.io/unschedulable")
            .withEffect("NoSchedule")
            .build();

    @Override
    public String name() {
        return "NodeUnschedulable";
    }

    @Override
    public Object signature(PodInfo pod) {
        return Optional.ofNullable(pod.pod().getSpec().getTolerations());
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        return !node.unschedulable() || Tolerations.tolerate(pod.pod().getSpec().getTolerations(), cordon)
                ? Status.SUCCESS
                : CORDONED;
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded added -> !cordoned(added.node());
            case ClusterEvent.NodeChanged changed -> cordoned(changed.before()) && !cordoned(changed.now());
            case ClusterEvent.PodChanged changed -> changed.tolerations();
            default -> false;
        };
    }

    private static boolean cordoned(Node node) {
        return node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    }
}
