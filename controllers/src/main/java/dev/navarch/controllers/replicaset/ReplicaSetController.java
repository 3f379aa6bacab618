package dev.navarch.controllers.replicaset;

import dev.navarch.client.ControllerLoop;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.Expecting;
import dev.navarch.controllers.OwnedObjects;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;

/** Wakes ReplicaSets when they or their pods change. source: kubernetes pkg/controller/replicaset/replica_set.go. */
public final class ReplicaSetController {
    private ReplicaSetController() {}

    public static Controller create(ControllerContext context) {
        var queue = context.queue();
        var expectations = new Expectations(context.time());
        var sets = context.informer(ReplicaSet.class);
        var pods = context.informer(Pod.class);
        Pods.indexByController(sets);
        Pods.indexByController(pods);
        sets.addHandler(new Expecting<>(queue, expectations));
        pods.addHandler(OwnedObjects.<Pod, ReplicaSet>of(
                        "ReplicaSet", sets, s -> s.getSpec().getSelector(), queue)
                .telling(expectations));
        var reconciler = new ReplicaSetReconciler(context, sets, pods, expectations, queue);
        return Controller.of(
                new ControllerLoop<>("replicaset", queue, context.settings().workers(), reconciler));
    }
}
