package dev.navarch.controllers.persistentvolume;

import dev.navarch.api.values.GoText;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says of one volume whether it is free, bound or released, and reclaims it. source: kubernetes
 * pkg/controller/volume/persistentvolume/pv_controller.go (syncVolume).
 */
final class VolumeReconciler {
    private final Latest<PersistentVolume> volumes;
    private final Latest<PersistentVolumeClaim> claims;
    private final Resource<PersistentVolumeClaim> claimResource;
    private final Bindings bindings;
    private final Reclaimer reclaimer;
    private final EventRecorder events;
    private final Consumer<Key> wakeClaim;

    VolumeReconciler(
            ControllerContext context,
            Latest<PersistentVolume> volumes,
            Latest<PersistentVolumeClaim> claims,
            Bindings bindings,
            Reclaimer reclaimer,
            Consumer<Key> wakeClaim) {
        this.volumes = volumes;
        this.claims = claims;
        claimResource = context.client().resource(PersistentVolumeClaim.class);
        this.bindings = bindings;
        this.reclaimer = reclaimer;
        events = context.events();
        this.wakeClaim = wakeClaim;
    }

    void reconcile(String name) {
        var volume = volumes.get(new Key("", name)).orElse(null);
        if (volume == null) {
            return;
        }
        var to = volume.getSpec().getClaimRef();
        if (to == null || to.getUid() == null || to.getUid().isEmpty()) {
            bindings.phase(volume, "Available", ""); // perhaps reserved for a claim
            return;
        }
        var claim = claim(volume);
        if (claim.isEmpty()) {
            release(volume);
        } else if (StorageFacts.volumeName(claim.get()).equals(name)) {
            bindings.phase(volume, "Bound", "");
        } else if (StorageFacts.volumeName(claim.get()).isEmpty()) {
            offer(volume, claim.get());
        } else if (StorageFacts.isAnnotated(volume, StorageFacts.PROVISIONED_BY)
                && "Delete".equals(volume.getSpec().getPersistentVolumeReclaimPolicy())) {
            release(volume); // made for a claim that got another one
        } else {
            bindings.unbind(volume);
        }
    }

    /** The claim may have come, or have come anew, so lately that the cache does not show it. */
    private Optional<PersistentVolumeClaim> claim(PersistentVolume volume) {
        var key = StorageFacts.claimOf(volume).orElseThrow();
        var uid = volume.getSpec().getClaimRef().getUid();
        var cached = claims.get(key).filter(c -> uid.equals(c.getMetadata().getUid()));
        var phase = StorageFacts.phase(volume);
        if (cached.isPresent() || phase.equals("Released") || phase.equals("Failed")) {
            return cached;
        }
        return claimResource
                .get(key.namespace(), key.name())
                .filter(c -> uid.equals(c.getMetadata().getUid()));
    }

    private void offer(PersistentVolume volume, PersistentVolumeClaim claim) {
        if (!StorageFacts.modesDiffer(volume, claim)) {
            wakeClaim.accept(Key.of(claim));
            return;
        }
        var claimName = GoText.quote(claim.getMetadata().getName());
        events.warning(
                volume,
                "VolumeMismatch",
                "Cannot bind PersistentVolume to requested PersistentVolumeClaim " + claimName
                        + " due to incompatible volumeMode.");
        events.warning(
                claim,
                "VolumeMismatch",
                "Cannot bind PersistentVolume "
                        + GoText.quote(volume.getMetadata().getName()) + " to requested PersistentVolumeClaim "
                        + claimName + " due to incompatible volumeMode.");
    }

    private void release(PersistentVolume volume) {
        var released = StorageFacts.phase(volume).equals("Failed") ? volume : bindings.phase(volume, "Released", "");
        reclaimer.reclaim(released);
    }
}
