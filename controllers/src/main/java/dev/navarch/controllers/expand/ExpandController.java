package dev.navarch.controllers.expand;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Objects;

/**
 * Nothing that is built in can be expanded any more: a claim that is to grow waits for whoever made its volume. source:
 * kubernetes pkg/controller/volume/expand/expand_controller.go.
 */
public final class ExpandController {
    private final Informer<PersistentVolumeClaim> claims;
    private final Resource<PersistentVolume> volumes;
    private final ControllerContext context;

    private ExpandController(Informer<PersistentVolumeClaim> claims, ControllerContext context) {
        this.claims = claims;
        this.context = context;
        volumes = context.client().resource(PersistentVolume.class);
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("volume_expand");
        var claims = context.informer(PersistentVolumeClaim.class);
        claims.addHandler(new Handler<>() {
            @Override
            public void added(PersistentVolumeClaim claim) {
                if (StorageFacts.phase(claim).equals("Bound")) {
                    queue.add(Key.of(claim));
                }
            }

            @Override
            public void updated(PersistentVolumeClaim before, PersistentVolumeClaim now) {
                if (StorageFacts.requested(now).compareTo(StorageFacts.requested(before)) > 0) {
                    added(now);
                }
            }

            @Override
            public void deleted(PersistentVolumeClaim last) {}
        });
        var controller = new ExpandController(claims, context);
        return Controller.of(new ControllerLoop<>("expand", queue, 1, controller::reconcile));
    }

    private void reconcile(Key key) {
        var claim = claims.get(key).orElse(null);
        if (claim == null
                || StorageFacts.requested(claim).compareTo(StorageFacts.capacity(claim)) <= 0
                || StorageFacts.volumeName(claim).isEmpty()) {
            return;
        }
        var volume = volumes.get("", StorageFacts.volumeName(claim)).orElse(null);
        var to = volume == null ? null : volume.getSpec().getClaimRef();
        if (to != null && Objects.equals(to.getUid(), claim.getMetadata().getUid())) {
            context.events()
                    .normal(claim, "ExternalExpanding", "waiting for an external controller to expand this PVC");
        }
    }
}
