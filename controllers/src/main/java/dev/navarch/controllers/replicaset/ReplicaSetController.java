package dev.navarch.controllers.replicaset;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.Expecting;
import dev.navarch.controllers.OwnedObjects;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;

/**
 * Wakes ReplicaSets, or ReplicationControllers, when they or their pods change. source: kubernetes
 * pkg/controller/replicaset/replica_set.go, pkg/controller/replication/replication_controller.go.
 */
public final class ReplicaSetController {
    private ReplicaSetController() {}

    public static Controller create(ControllerContext context) {
        return create(context, Replicated.SETS, "replicaset");
    }

    public static Controller ofReplicationControllers(ControllerContext context) {
        return create(context, Replicated.CONTROLLERS, "replicationmanager");
    }

    private static <T extends HasMetadata> Controller create(
            ControllerContext context, Replicated<T> kind, String name) {
        WorkQueue<Key> queue = context.queue(name);
        var expectations = new Expectations(context.time());
        var sets = context.informer(kind.type());
        var pods = context.informer(Pod.class);
        Pods.indexByController(sets);
        Pods.indexByController(pods);
        sets.addHandler(new Expecting<>(queue, expectations));
        pods.addHandler(OwnedObjects.<Pod, T>of(
                        kind.kind(), sets, s -> kind.view().apply(s).getSpec().getSelector(), queue)
                .telling(expectations));
        var reconciler = new ReplicaSetReconciler<>(context, kind, sets, pods, expectations, queue);
        return Controller.of(
                new ControllerLoop<>(name, queue, context.settings().workers(), reconciler));
    }
}
