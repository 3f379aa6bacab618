package dev.navarch.controllers.persistentvolume;

import dev.navarch.api.values.GoText;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.StorageFacts;
import dev.navarch.controllers.StorageOperations;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;

/**
 * What becomes of a released volume. Volumes that somebody else made are deleted by whoever made them; of the others only
 * host paths beneath {@code /tmp} can be. Recycling, deprecated upstream, is not offered.
 *
 * <p>source: kubernetes pkg/controller/volume/persistentvolume/pv_controller.go (reclaimVolume, doDeleteVolume,
 * findDeletablePlugin), pkg/volume/hostpath/host_path.go (Delete).
 */
final class Reclaimer {
    private static final Path SCRATCH = Path.of("/tmp");

    private final Resource<PersistentVolume> volumes;
    private final Bindings bindings;
    private final boolean hostPaths;

    private final StorageOperations operations;

    Reclaimer(ControllerContext context, Bindings bindings, StorageOperations operations) {
        volumes = context.client().resource(PersistentVolume.class);
        this.bindings = bindings;
        this.operations = operations;
        hostPaths = context.settings().hostPaths();
    }

    void reclaim(PersistentVolume volume) {
        var policy = Objects.requireNonNullElse(volume.getSpec().getPersistentVolumeReclaimPolicy(), "Retain");
        switch (policy) {
            case "Retain" -> {}
            case "Delete" -> delete(volume);
            case "Recycle" ->
                bindings.failed(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!");
            default ->
                bindings.failed(
                        volume, "VolumeUnknownReclaimPolicy", "Volume has unrecognized PersistentVolumeReclaimPolicy");
        }
    }

    private void delete(PersistentVolume volume) {
        var by = StorageFacts.annotations(volume).getOrDefault(StorageFacts.PROVISIONED_BY, "");
        var uid = volume.getMetadata().getUid();
        operations.begin(
                uid,
                "delete",
                !by.isEmpty() ? by : volume.getSpec().getHostPath() != null ? "kubernetes.io/host-path" : "N/A");
        if (volume.getSpec().getCsi() != null || !by.isEmpty() && !by.startsWith("kubernetes.io/")) {
            return; // somebody else's
        }
        if (volume.getSpec().getHostPath() == null) {
            operations.failed(uid);
            bindings.failed(
                    volume,
                    "VolumeFailedDelete",
                    "error getting deleter volume plugin for volume "
                            + GoText.quote(volume.getMetadata().getName()) + ": no deletable volume plugin matched");
            return;
        }
        var path = volume.getSpec().getHostPath().getPath();
        var normal = Path.of(path).normalize();
        if (!normal.startsWith(SCRATCH) || normal.equals(SCRATCH)) {
            operations.failed(uid);
            bindings.failed(
                    volume,
                    "VolumeFailedDelete",
                    "host_path deleter only supports /tmp/.+ but received provided " + path);
            return;
        }
        if (hostPaths) {
            try {
                deleteTree(normal);
            } catch (IOException e) {
                operations.failed(uid);
                bindings.failed(volume, "VolumeFailedDelete", String.valueOf(e.getMessage()));
                throw new UncheckedIOException(e);
            }
        }
        try {
            volumes.delete("", volume.getMetadata().getName(), DeleteOptions.none());
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    /** Follows no links. */
    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (var files = Files.walk(root)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
