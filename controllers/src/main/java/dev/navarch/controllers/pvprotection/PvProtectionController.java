package dev.navarch.controllers.pvprotection;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;

/**
 * Gives every volume a finalizer, and takes it away from those that are to go when they are not bound. source: kubernetes
 * pkg/controller/volume/pvprotection/pv_protection_controller.go.
 */
public final class PvProtectionController {
    private static final String FINALIZER = "kubernetes.io/pv-protection";

    private final Informer<PersistentVolume> volumes;
    private final Resource<PersistentVolume> resource;

    private PvProtectionController(Informer<PersistentVolume> volumes, Resource<PersistentVolume> resource) {
        this.volumes = volumes;
        this.resource = resource;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("pvprotection");
        var volumes = context.informer(PersistentVolume.class);
        volumes.addHandler(new Handler<>() {
            @Override
            public void added(PersistentVolume volume) {
                queue.add(Key.of(volume));
            }

            @Override
            public void updated(PersistentVolume before, PersistentVolume now) {
                added(now);
            }

            @Override
            public void deleted(PersistentVolume last) {}
        });
        var controller = new PvProtectionController(volumes, context.client().resource(PersistentVolume.class));
        return Controller.of(new ControllerLoop<>("pvprotection", queue, 1, controller::reconcile));
    }

    private void reconcile(Key key) {
        var volume = volumes.get(key).orElse(null);
        if (volume == null) {
            return;
        }
        boolean isProtected = volume.getMetadata().getFinalizers().contains(FINALIZER);
        if (isProtected && Pods.isDeleting(volume) && !isBound(volume)) {
            resource.update(new PersistentVolumeBuilder(volume)
                    .editMetadata()
                    .removeFromFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        } else if (!isProtected && !Pods.isDeleting(volume)) {
            resource.update(new PersistentVolumeBuilder(volume)
                    .editMetadata()
                    .addToFinalizers(FINALIZER)
                    .endMetadata()
                    .build());
        }
    }

    private static boolean isBound(PersistentVolume volume) {
        return volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
    }
}
