package dev.navarch.controllers.disruption;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;

/** Takes back the word of one pod that it is to be disrupted, if it was not. */
final class StaleDisruptionReconciler implements Reconciler<Key> {
    private final Informer<Pod> pods;
    private final Resource<Pod> podResource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    StaleDisruptionReconciler(ControllerContext context, Informer<Pod> pods, WorkQueue<Key> queue) {
        this.pods = pods;
        this.queue = queue;
        podResource = context.client().resource(Pod.class);
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        pods.get(key)
                .ifPresent(pod -> DisruptionPlan.stale(pod, time.now()).ifPresent(left -> {
                    if (left.isPositive()) {
                        queue.addAfter(key, left);
                    } else {
                        takeBack(pod);
                    }
                }));
    }

    private void takeBack(Pod pod) {
        var patch = Json.mapper().createObjectNode();
        var meta = patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
        meta.put("resourceVersion", pod.getMetadata().getResourceVersion());
        var condition = patch.putObject("status").putArray("conditions").addObject();
        condition.put("type", "DisruptionTarget").put("status", "False");
        condition.put("observedGeneration", pod.getMetadata().getGeneration());
        condition.putNull("reason").putNull("message").put("lastTransitionTime", Timestamps.seconds(time.now()));
        podResource.patchStatus(
                pod.getMetadata().getNamespace(), pod.getMetadata().getName(), new Patch.Strategic(patch));
    }
}
