package dev.navarch.controllers.daemonset;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.Expecting;
import dev.navarch.controllers.OwnedObjects;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;

/**
 * Wakes DaemonSets when they, their pods, their revisions or what makes nodes suit them change. source: kubernetes
 * pkg/controller/daemon/daemon_controller.go.
 */
public final class DaemonSetController {
    private static final String KIND = "DaemonSet";

    private DaemonSetController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("daemonset");
        var expectations = new Expectations(context.time());
        var sets = context.informer(DaemonSet.class);
        var pods = context.informer(Pod.class);
        var nodes = context.informer(Node.class);
        var revisions = context.informer(ControllerRevision.class);
        Pods.indexByController(pods);
        var reconciler = new DaemonSetReconciler(context, sets, pods, nodes, expectations, queue);
        sets.addHandler(new Expecting<>(queue, expectations));
        pods.addHandler(
                OwnedObjects.<Pod, DaemonSet>of(KIND, sets, s -> s.getSpec().getSelector(), queue)
                        .telling(expectations));
        revisions.addHandler(OwnedObjects.of(KIND, sets, s -> s.getSpec().getSelector(), queue));
        nodes.addHandler(new NodeChanges(sets, queue));
        return Controller.of(
                new ControllerLoop<>("daemonset", queue, context.settings().workers(), reconciler));
    }
}
