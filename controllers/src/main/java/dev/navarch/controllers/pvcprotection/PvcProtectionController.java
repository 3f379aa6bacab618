package dev.navarch.controllers.pvcprotection;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.ProtectingReconciler;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.function.Consumer;

/**
 * Gives claims a finalizer, and takes it away when a claim is to go and no pod uses it. Wakes claims when they change, and when pods that name them come, move or end. source: kubernetes
 * pkg/controller/volume/pvcprotection/pvc_protection_controller.go.
 */
public final class PvcProtectionController {
    private PvcProtectionController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("pvcprotection");
        var claims = context.informer(PersistentVolumeClaim.class);
        var pods = context.informer(Pod.class);
        PodClaims.index(pods);
        claims.addHandler(Handler.each(c -> queue.add(Key.of(c))));
        pods.addHandler(new OfPods(queue::add));
        var reconciler = new ProtectingReconciler<>(
                "kubernetes.io/pvc-protection",
                claims,
                context.client().resource(PersistentVolumeClaim.class),
                (claim, meta) -> new PersistentVolumeClaimBuilder(claim)
                        .withMetadata(meta)
                        .build(),
                new Users(pods, context.client().resource(Pod.class))::use);
        return Controller.of(
                new ControllerLoop<>("pvcprotection", queue, context.settings().workers(), reconciler));
    }

    /** Only the end of a pod can free a claim. */
    private record OfPods(Consumer<Key> wake) implements Handler<Pod> {
        @Override
        public void added(Pod pod) {}

        @Override
        public void updated(Pod before, Pod now) {
            if (!before.getMetadata().getUid().equals(now.getMetadata().getUid())) {
                deleted(before);
            }
            if (Users.isShutDown(now) && !Users.isShutDown(before)) {
                deleted(now);
            }
        }

        @Override
        public void deleted(Pod last) {
            PodClaims.of(last).forEach(wake);
        }
    }
}
