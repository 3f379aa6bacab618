package dev.navarch.controllers.persistentvolume;

import dev.navarch.client.EventRecorder;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import java.util.Objects;
import java.util.Optional;

/**
 * The writes of a binding: each does nothing if it has been done, so that a binding that was cut short is finished by
 * doing it again. The volume is written before the claim, since the volume's {@code claimRef} is what decides.
 *
 * <p>source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (bind, unbindVolume, update...).
 */
final class Bindings {
    private final Resource<PersistentVolume> volumes;
    private final Resource<PersistentVolumeClaim> claims;
    private final Latest<PersistentVolume> latestVolumes;
    private final Latest<PersistentVolumeClaim> latestClaims;
    private final EventRecorder events;

    Bindings(ControllerContext context, Latest<PersistentVolume> volumes, Latest<PersistentVolumeClaim> claims) {
        this.volumes = context.client().resource(PersistentVolume.class);
        this.claims = context.client().resource(PersistentVolumeClaim.class);
        latestVolumes = volumes;
        latestClaims = claims;
        events = context.events();
    }

    /** Makes both say that they belong together, and that they are bound. */
    void bind(PersistentVolume volume, PersistentVolumeClaim claim) {
        var bound = phase(refer(volume, claim), "Bound", "");
        status(name(claim, bound), "Bound", Optional.of(bound));
    }

    private PersistentVolume refer(PersistentVolume volume, PersistentVolumeClaim claim) {
        var to = volume.getSpec().getClaimRef();
        boolean own = StorageFacts.isBoundTo(volume, claim);
        if (own && Objects.equals(to.getUid(), claim.getMetadata().getUid())) {
            return volume;
        }
        var next = new PersistentVolumeBuilder(volume)
                .editSpec()
                .withClaimRef(EventRecorder.reference(claim))
                .endSpec();
        if (!own) {
            next.editMetadata()
                    .addToAnnotations(StorageFacts.BOUND_BY_CONTROLLER, "yes")
                    .endMetadata();
        }
        return latestVolumes.wrote(volumes.update(next.build()));
    }

    private PersistentVolumeClaim name(PersistentVolumeClaim claim, PersistentVolume volume) {
        var name = volume.getMetadata().getName();
        boolean own = StorageFacts.volumeName(claim).equals(name);
        if (own && StorageFacts.isAnnotated(claim, StorageFacts.BIND_COMPLETED)) {
            return claim;
        }
        var next = new PersistentVolumeClaimBuilder(claim)
                .editSpec()
                .withVolumeName(name)
                .endSpec()
                .editMetadata()
                .addToAnnotations(StorageFacts.BIND_COMPLETED, "yes")
                .endMetadata();
        if (!own) {
            next.editMetadata()
                    .addToAnnotations(StorageFacts.BOUND_BY_CONTROLLER, "yes")
                    .endMetadata();
        }
        return update(next.build());
    }

    PersistentVolumeClaim update(PersistentVolumeClaim claim) {
        return latestClaims.wrote(claims.update(claim));
    }

    /** Takes a volume back from a claim that has another one; what a user reserved stays reserved. */
    void unbind(PersistentVolume volume) {
        var next = new PersistentVolumeBuilder(volume);
        if (StorageFacts.isAnnotated(volume, StorageFacts.BOUND_BY_CONTROLLER)) {
            next.editSpec()
                    .withClaimRef(null)
                    .endSpec()
                    .editMetadata()
                    .removeFromAnnotations(StorageFacts.BOUND_BY_CONTROLLER)
                    .endMetadata();
        } else {
            next.editSpec().editClaimRef().withUid(null).endClaimRef().endSpec();
        }
        phase(latestVolumes.wrote(volumes.update(next.build())), "Available", "");
    }

    PersistentVolume phase(PersistentVolume volume, String phase, String message) {
        if (StorageFacts.phase(volume).equals(phase)) {
            return volume;
        }
        return latestVolumes.wrote(volumes.updateStatus(new PersistentVolumeBuilder(volume)
                .editOrNewStatus()
                .withPhase(phase)
                .withMessage(message.isEmpty() ? null : message)
                .endStatus()
                .build()));
    }

    /** The volume has failed; told once. */
    void failed(PersistentVolume volume, String reason, String message) {
        if (!StorageFacts.phase(volume).equals("Failed")) {
            events.warning(phase(volume, "Failed", message), reason, message);
        }
    }

    /** The claim has lost its volume; told once. */
    void lost(PersistentVolumeClaim claim, String reason, String message) {
        if (!StorageFacts.phase(claim).equals("Lost")) {
            events.warning(status(claim, "Lost", Optional.empty()), reason, message);
        }
    }

    void pending(PersistentVolumeClaim claim) {
        status(claim, "Pending", Optional.empty());
    }

    /**
     * A claim takes over its volume's capacity when it becomes bound. Later it may differ, while the file system has yet to
     * grow.
     */
    private PersistentVolumeClaim status(PersistentVolumeClaim claim, String phase, Optional<PersistentVolume> volume) {
        var next = new PersistentVolumeClaimBuilder(claim)
                .editOrNewStatus()
                .withPhase(phase)
                .withAccessModes(volume.map(v -> v.getSpec().getAccessModes()).orElse(null))
                .endStatus();
        if (volume.isEmpty()) {
            next.editStatus().withCapacity(null).endStatus();
        } else if (!StorageFacts.phase(claim).equals(phase)) {
            next.editStatus()
                    .withCapacity(volume.get().getSpec().getCapacity())
                    .withCurrentVolumeAttributesClassName(volume.get().getSpec().getVolumeAttributesClassName())
                    .endStatus();
        }
        var status = next.buildStatus();
        return status.equals(claim.getStatus()) ? claim : latestClaims.wrote(claims.updateStatus(next.build()));
    }
}
