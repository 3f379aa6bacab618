package dev.navarch.controllers.statefulset;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.OwnedObjects;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;

/** Wakes StatefulSets when they, their pods or their claims change. source: kubernetes pkg/controller/statefulset/stateful_set.go. */
public final class StatefulSetController {
    private StatefulSetController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("statefulset");
        var sets = context.informer(StatefulSet.class);
        var pods = context.informer(Pod.class);
        Pods.indexByController(pods);
        sets.addHandler(Handler.each(s -> queue.add(Key.of(s))));
        pods.addHandler(OwnedObjects.of("StatefulSet", sets, s -> s.getSpec().getSelector(), queue));
        context.informer(PersistentVolumeClaim.class).addHandler(new ClaimEnds(sets, queue));
        var reconciler = new StatefulSetReconciler(context, sets, pods, queue);
        return Controller.of(
                new ControllerLoop<>("statefulset", queue, context.settings().workers(), reconciler));
    }
}
