package dev.navarch.scheduler.plugins;

import dev.navarch.client.Tolerations;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import java.util.List;
import java.util.Optional;

/**
 * No node with a taint that the pod does not tolerate; of the taints that only discourage, the fewer the better (source:
 * plugins/tainttoleration).
 */
public final class TaintToleration implements Plugin.Filter, Plugin.Score, Plugin.NodeLocal {
    private static final Status TAINTED = Status.unresolvable("node(s) had untolerated taint(s)");

    @Override
    public String name() {
        return "TaintToleration";
    }

    @Override
    public Object signature(PodInfo pod) {
        return Optional.ofNullable(pod.pod().getSpec().getTolerations());
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var tolerations = pod.pod().getSpec().getTolerations();
        for (var taint : node.taints()) {
            if (Tolerations.repels(taint) && !Tolerations.tolerate(tolerations, taint)) {
                return TAINTED;
            }
        }
        return Status.SUCCESS;
    }

    @Override
    public long score(CycleState state, PodInfo pod, NodeInfo node) {
        if (node.taints().isEmpty()) {
            return 0;
        }
        var tolerations = pod.pod().getSpec().getTolerations();
        return node.taints().stream()
                .filter(taint ->
                        "PreferNoSchedule".equals(taint.getEffect()) && !Tolerations.tolerate(tolerations, taint))
                .count();
    }

    @Override
    public void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {
        Scores.fewerIsBetter(scores);
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.NodeChanged changed -> !taints(changed.before()).equals(taints(changed.now()));
            case ClusterEvent.PodChanged changed -> changed.tolerations();
            default -> false;
        };
    }

    private static List<Taint> taints(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints();
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded added -> tolerated(pod, added.node());
            case ClusterEvent.NodeChanged changed -> tolerated(pod, changed.now()) && !tolerated(pod, changed.before());
            default -> true;
        };
    }

    private boolean tolerated(PodInfo pod, Node node) {
        return filter(new CycleState(), pod, new NodeInfo(node)).success();
    }
}
