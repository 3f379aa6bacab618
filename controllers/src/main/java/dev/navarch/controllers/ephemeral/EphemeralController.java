package dev.navarch.controllers.ephemeral;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;

/**
 * Wakes pods with ephemeral volumes when they come, and when a claim under such a name goes. source: kubernetes
 * pkg/controller/volume/ephemeral/controller.go.
 */
public final class EphemeralController {
    private EphemeralController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("ephemeral_volume");
        var pods = context.informer(Pod.class);
        var claims = context.informer(PersistentVolumeClaim.class);
        PodClaims.index(pods);
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {
                if (PodClaims.volumes(pod).stream().anyMatch(v -> v.getEphemeral() != null)) {
                    queue.add(Key.of(pod));
                }
            }

            @Override
            public void updated(Pod before, Pod now) {
                if (!before.getMetadata().getUid().equals(now.getMetadata().getUid())) {
                    added(now);
                }
            }

            @Override
            public void deleted(Pod last) {}
        });
        claims.addHandler(new Handler<>() {
            @Override
            public void added(PersistentVolumeClaim claim) {}

            @Override
            public void updated(PersistentVolumeClaim before, PersistentVolumeClaim now) {}

            @Override
            public void deleted(PersistentVolumeClaim last) {
                PodClaims.users(pods, Key.of(last)).forEach(p -> queue.add(Key.of(p)));
            }
        });
        var reconciler = new EphemeralReconciler(context, pods, claims);
        return Controller.of(
                new ControllerLoop<>("ephemeral", queue, context.settings().workers(), reconciler));
    }
}
