package dev.navarch.controllers;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What claims, volumes and storage classes say of themselves. source: component-helpers storage/volume/helpers.go and
 * pv_helpers.go, kubernetes pkg/volume/util/storageclass.go.
 */
public final class StorageFacts {
    public static final String BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
    public static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
    public static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
    public static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    public static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";
    public static final String BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
    private static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";
    private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
    private static final String BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class";

    private StorageFacts() {}

    public static Map<String, String> annotations(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getAnnotations(), Map.of());
    }

    public static boolean isAnnotated(HasMetadata object, String annotation) {
        return annotations(object).containsKey(annotation);
    }

    /** The name of its storage class; empty for none. */
    public static String className(PersistentVolumeClaim claim) {
        return className(claim, claim.getSpec().getStorageClassName());
    }

    /** Likewise. */
    public static String className(PersistentVolume volume) {
        return className(volume, volume.getSpec().getStorageClassName());
    }

    private static String className(HasMetadata object, @Nullable String inSpec) {
        return annotations(object).getOrDefault(OLD_CLASS, Objects.requireNonNullElse(inSpec, ""));
    }

    /** Whether the claim names a class, be it the empty one that asks for none. */
    public static boolean hasClass(PersistentVolumeClaim claim) {
        return isAnnotated(claim, OLD_CLASS) || claim.getSpec().getStorageClassName() != null;
    }

    public static boolean waitsForConsumer(StorageClass storageClass) {
        return "WaitForFirstConsumer".equals(storageClass.getVolumeBindingMode());
    }

    /** The youngest of those marked as default, the first by name of several of one age. */
    public static Optional<StorageClass> defaultClass(Collection<StorageClass> classes) {
        return classes.stream()
                .filter(c -> "true".equals(annotations(c).get(DEFAULT_CLASS))
                        || "true".equals(annotations(c).get(BETA_DEFAULT_CLASS)))
                .min(Comparator.comparing(StorageFacts::created)
                        .reversed()
                        .thenComparing(c -> c.getMetadata().getName()));
    }

    private static Instant created(HasMetadata object) {
        var time = object.getMetadata().getCreationTimestamp();
        return time == null ? Instant.EPOCH : Instant.parse(time);
    }

    /** What the claim asks for; zero if it says nothing. */
    public static Quantity requested(PersistentVolumeClaim claim) {
        var resources = claim.getSpec().getResources();
        return storage(resources == null ? null : resources.getRequests());
    }

    public static Quantity capacity(PersistentVolume volume) {
        return storage(volume.getSpec().getCapacity());
    }

    /** What the claim has; zero before it is bound. */
    public static Quantity capacity(PersistentVolumeClaim claim) {
        return storage(claim.getStatus() == null ? null : claim.getStatus().getCapacity());
    }

    private static Quantity storage(@Nullable Map<String, io.fabric8.kubernetes.api.model.Quantity> amounts) {
        var amount = amounts == null ? null : amounts.get("storage");
        if (amount == null || amount.getAmount() == null) {
            return Quantity.ZERO;
        }
        try {
            return Quantity.parse(amount.getAmount() + Objects.requireNonNullElse(amount.getFormat(), ""));
        } catch (QuantityException e) {
            return Quantity.ZERO; // validation lets none pass
        }
    }

    public static String mode(@Nullable String volumeMode) {
        return volumeMode == null || volumeMode.isEmpty() ? "Filesystem" : volumeMode;
    }

    /** Whether the volume is a file system and the claim wants a device, or the other way round. */
    public static boolean modesDiffer(PersistentVolume volume, PersistentVolumeClaim claim) {
        return !mode(volume.getSpec().getVolumeMode())
                .equals(mode(claim.getSpec().getVolumeMode()));
    }

    /** Whether the volume allows all access modes that the claim asks for. */
    public static boolean allows(PersistentVolume volume, PersistentVolumeClaim claim) {
        var wanted = claim.getSpec().getAccessModes();
        var has = volume.getSpec().getAccessModes();
        return wanted == null || wanted.isEmpty() || has != null && has.containsAll(wanted);
    }

    /** Whether the volume is bound, or bound in advance, to the claim. */
    public static boolean isBoundTo(PersistentVolume volume, PersistentVolumeClaim claim) {
        var to = volume.getSpec().getClaimRef();
        return to != null
                && Objects.equals(to.getName(), claim.getMetadata().getName())
                && Objects.equals(to.getNamespace(), claim.getMetadata().getNamespace())
                && (isEmpty(to.getUid())
                        || Objects.equals(to.getUid(), claim.getMetadata().getUid()));
    }

    /** The claim that a volume is bound to, perhaps in advance. */
    public static Optional<Key> claimOf(PersistentVolume volume) {
        return Optional.ofNullable(volume.getSpec().getClaimRef())
                .filter(c -> c.getName() != null)
                .map(c -> new Key(Objects.requireNonNullElse(c.getNamespace(), ""), c.getName()));
    }

    public static String volumeName(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getSpec().getVolumeName(), "");
    }

    public static String phase(PersistentVolumeClaim claim) {
        var phase = claim.getStatus() == null ? null : claim.getStatus().getPhase();
        return Objects.requireNonNullElse(phase, "");
    }

    public static String phase(PersistentVolume volume) {
        var phase = volume.getStatus() == null ? null : volume.getStatus().getPhase();
        return Objects.requireNonNullElse(phase, "");
    }

    private static boolean isEmpty(@Nullable String text) {
        return text == null || text.isEmpty();
    }
}
