package dev.navarch.controllers.pvprotection;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ProtectingReconciler;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;

/**
 * Gives every volume a finalizer, and takes it away from those that are to go when they are not bound. source: kubernetes
 * pkg/controller/volume/pvprotection/pv_protection_controller.go.
 */
public final class PvProtectionController {
    private PvProtectionController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("pvprotection");
        var volumes = context.informer(PersistentVolume.class);
        volumes.addHandler(Handler.each(v -> queue.add(Key.of(v))));
        var reconciler = new ProtectingReconciler<>(
                "kubernetes.io/pv-protection",
                volumes,
                context.client().resource(PersistentVolume.class),
                (volume, meta) ->
                        new PersistentVolumeBuilder(volume).withMetadata(meta).build(),
                PvProtectionController::isBound);
        return Controller.of(new ControllerLoop<>("pvprotection", queue, 1, reconciler));
    }

    private static boolean isBound(PersistentVolume volume) {
        return volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
    }
}
