package dev.navarch.controllers.podgc;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;

/** A single key that comes back by the clock. */
public final class PodGcController {
    private PodGcController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<String> queue = context.queue("orphaned_pods_nodes");
        var reconciler = new PodGcReconciler(context, context.informer(Pod.class), context.informer(Node.class), queue);
        queue.add("round");
        return Controller.of(new ControllerLoop<>("pod-gc", queue, 1, reconciler));
    }
}
