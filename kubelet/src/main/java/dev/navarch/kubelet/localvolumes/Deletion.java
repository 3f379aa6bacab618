package dev.navarch.kubelet.localvolumes;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Deletes a volume that was released and whose policy says so: its directory, then the object. Only directories that were
 * made here are touched.
 */
final class Deletion implements Reconciler<Key> {
    private final Informer<PersistentVolume> volumes;
    private final Map<String, VolumeRoot> roots;
    private final Resource<PersistentVolume> resource;
    private final EventRecorder events;

    Deletion(
            ApiClient client, Informer<PersistentVolume> volumes, Map<String, VolumeRoot> roots, EventRecorder events) {
        this.volumes = volumes;
        this.roots = roots;
        this.events = events;
        resource = client.resource(PersistentVolume.class);
    }

    /** The root that the volume is in, if a node of this process has it. */
    static Optional<VolumeRoot> root(PersistentVolume volume, Map<String, VolumeRoot> roots) {
        var local = volume.getSpec().getLocal();
        if (local == null || local.getPath() == null) {
            return Optional.empty();
        }
        return roots.values().stream()
                .filter(r -> r.has(local.getPath(), volume.getMetadata().getName()))
                .findFirst();
    }

    @Override
    public void reconcile(Key key) throws IOException {
        var volume = volumes.get(key).orElse(null);
        if (volume == null || !isDue(volume)) {
            return;
        }
        var root = root(volume, roots);
        if (root.isEmpty()) {
            return;
        }
        try {
            root.get().delete(key.name());
        } catch (IOException e) {
            events.warning(volume, "VolumeFailedDelete", String.valueOf(e.getMessage()));
            throw e;
        }
        try {
            if (volume.getMetadata().getDeletionTimestamp() == null) {
                resource.delete("", key.name(), DeleteOptions.none());
            }
            var now = resource.get("", key.name());
            if (now.isPresent() && now.get().getMetadata().getFinalizers().contains(Provisioning.FINALIZER)) {
                resource.update(new PersistentVolumeBuilder(now.get())
                        .editMetadata()
                        .removeFromFinalizers(Provisioning.FINALIZER)
                        .endMetadata()
                        .build());
            }
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    private static boolean isDue(PersistentVolume volume) {
        var annotations = volume.getMetadata().getAnnotations();
        return annotations != null
                && LocalProvisioner.NAME.equals(annotations.get(Provisioning.PROVISIONED_BY))
                && volume.getStatus() != null
                && "Released".equals(volume.getStatus().getPhase())
                && "Delete".equals(volume.getSpec().getPersistentVolumeReclaimPolicy());
    }
}
