package dev.navarch.controllers.nodelifecycle;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.util.List;

/** A single key, woken by the clock and by changes of nodes that matter. */
public final class NodeLifecycleController {
    private static final String ROUND = "round";

    private NodeLifecycleController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<String> queue = context.queue("node_lifecycle_controller");
        var nodes = context.informer(Node.class);
        var leases = context.informer(Lease.class);
        var pods = context.informer(Pod.class);
        pods.addIndex(Pods.BY_NODE, p -> List.of(Pods.nodeName(p)));
        nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                queue.add(ROUND);
            }

            @Override
            public void updated(Node before, Node now) {
                boolean moved =
                        List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable").stream()
                                .anyMatch(c -> !Taints.condition(before, c).equals(Taints.condition(now, c)));
                if (moved || !before.getSpec().equals(now.getSpec())) {
                    queue.add(ROUND);
                }
            }

            @Override
            public void deleted(Node last) {
                queue.add(ROUND);
            }
        });
        queue.add(ROUND);
        var reconciler = new NodeReconciler(context, nodes, leases, pods, queue);
        return Controller.of(new ControllerLoop<>("node-lifecycle", queue, 1, reconciler));
    }
}
