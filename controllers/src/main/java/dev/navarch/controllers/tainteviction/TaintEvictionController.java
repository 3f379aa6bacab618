package dev.navarch.controllers.tainteviction;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;

/** Wakes pods when they are bound, and all pods of a node when its taints change. */
public final class TaintEvictionController {
    private TaintEvictionController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("noexec_taint_pod");
        var pods = context.informer(Pod.class);
        var nodes = context.informer(Node.class);
        pods.addIndex(Pods.BY_NODE, p -> List.of(Pods.nodeName(p)));
        pods.addHandler(Handler.each(p -> {
            if (!Pods.nodeName(p).isEmpty()) {
                queue.add(Key.of(p));
            }
        }));
        nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                if (!TaintEvictionPlan.expelling(node).isEmpty()) {
                    wake(node);
                }
            }

            @Override
            public void updated(Node before, Node now) {
                if (!TaintEvictionPlan.expelling(before).equals(TaintEvictionPlan.expelling(now))) {
                    wake(now);
                }
            }

            @Override
            public void deleted(Node last) {}

            private void wake(Node node) {
                pods.byIndex(Pods.BY_NODE, node.getMetadata().getName()).forEach(p -> queue.add(Key.of(p)));
            }
        });
        var reconciler = new TaintEvictionReconciler(context, pods, nodes, queue);
        return Controller.of(
                new ControllerLoop<>("taint-eviction", queue, context.settings().workers(), reconciler));
    }
}
