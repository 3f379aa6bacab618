package dev.navarch.controllers.persistentvolume;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.Selectors;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which volume suits a claim. source: kubernetes pkg/controller/volume/persistentvolume/index.go, component-helpers
 * storage/volume/pv_helpers.go (FindMatchingVolume).
 */
final class VolumeMatching {
    /** Fewest access modes first, so that nobody gets more than was asked for; then the smallest. */
    private static final Comparator<PersistentVolume> CLOSEST = Comparator.comparing(VolumeMatching::modes)
            .thenComparing(StorageFacts::capacity)
            .thenComparing(v -> v.getMetadata().getName());

    private VolumeMatching() {}

    private static int modes(PersistentVolume volume) {
        List<String> modes = volume.getSpec().getAccessModes();
        return modes == null ? 0 : modes.size();
    }

    /**
     * The volume that was bound to the claim in advance, or the closest of those that are free.
     *
     * @param delayed free volumes are for the scheduler to choose from
     */
    static Optional<PersistentVolume> best(
            PersistentVolumeClaim claim, Collection<PersistentVolume> volumes, boolean delayed) {
        var suiting = volumes.stream()
                .filter(v -> StorageFacts.allows(v, claim)
                        && !StorageFacts.modesDiffer(v, claim)
                        && !Pods.isDeleting(v)
                        && StorageFacts.capacity(v).compareTo(StorageFacts.requested(claim)) >= 0)
                .sorted(CLOSEST)
                .toList();
        var own = suiting.stream().filter(v -> StorageFacts.isBoundTo(v, claim)).findFirst();
        if (own.isPresent() || delayed) {
            return own;
        }
        var selector = selector(claim);
        var wanted = StorageFacts.className(claim);
        return suiting.stream()
                .filter(v -> v.getSpec().getClaimRef() == null
                        && StorageFacts.className(v).equals(wanted)
                        && Selectors.matches(selector, v))
                .findFirst();
    }

    private static LabelSelector selector(PersistentVolumeClaim claim) {
        try {
            return claim.getSpec().getSelector() == null
                    ? LabelSelector.everything()
                    : Selectors.of(claim.getSpec().getSelector());
        } catch (SelectorException e) {
            return LabelSelector.nothing(); // validation lets none pass
        }
    }

    /** Why a claim can't have the volume that it names; empty if it can. */
    static Optional<String> mismatch(PersistentVolume volume, PersistentVolumeClaim claim) {
        if (Pods.isDeleting(volume)) {
            return Optional.of("the volume is marked for deletion \""
                    + volume.getMetadata().getName() + "\"");
        }
        if (StorageFacts.capacity(volume).compareTo(StorageFacts.requested(claim)) < 0) {
            return Optional.of("requested PV is too small");
        }
        if (!StorageFacts.className(volume).equals(StorageFacts.className(claim))) {
            return Optional.of("storageClassName does not match");
        }
        if (StorageFacts.modesDiffer(volume, claim)) {
            return Optional.of("incompatible volumeMode");
        }
        return StorageFacts.allows(volume, claim) ? Optional.empty() : Optional.of("incompatible accessMode");
    }
}
