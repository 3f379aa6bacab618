package dev.navarch.controllers.persistentvolume;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.StorageFacts;
import dev.navarch.controllers.StorageOperations;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.List;

/**
 * Wakes claims and volumes when they change, and claims without a volume when something comes that may help them: a free
 * volume, their class, a pod that waits for them. One worker does both, so that no volume is looked at while it is being
 * given away.
 */
public final class PersistentVolumeController {
    /** Index of an informer of claims: the volume that they name. */
    private static final String BY_VOLUME = "volume";

    /** Index of an informer of claims: the class of those that have no volume. */
    private static final String UNBOUND_BY_CLASS = "unboundClass";

    /** Index of an informer of volumes: the claim that they are bound to. */
    static final String BY_CLAIM = "claim";

    /** Index of an informer of volumes: the class of those that are bound to no claim. */
    static final String FREE_BY_CLASS = "freeClass";

    private PersistentVolumeController() {}

    private sealed interface Work {}

    private record Claim(Key key) implements Work {}

    private record Volume(String name) implements Work {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Work> queue = context.queue("persistent_volumes");
        var claims = context.informer(PersistentVolumeClaim.class);
        var volumes = context.informer(PersistentVolume.class);
        var classes = context.informer(StorageClass.class);
        var pods = context.informer(Pod.class);
        VolumeMetrics.show(context.metrics(), volumes, claims);
        PodClaims.index(pods);
        claims.addIndex(BY_VOLUME, c -> List.of(StorageFacts.volumeName(c)));
        claims.addIndex(
                UNBOUND_BY_CLASS,
                c -> StorageFacts.volumeName(c).isEmpty() ? List.of(StorageFacts.className(c)) : List.of());
        volumes.addIndex(
                BY_CLAIM,
                v -> StorageFacts.claimOf(v).map(Key::toString).map(List::of).orElse(List.of()));
        volumes.addIndex(
                FREE_BY_CLASS, v -> v.getSpec().getClaimRef() == null ? List.of(StorageFacts.className(v)) : List.of());

        var operations = new StorageOperations(context);
        claims.addHandler(new Handler<>() {
            @Override
            public void added(PersistentVolumeClaim claim) {}

            @Override
            public void updated(PersistentVolumeClaim before, PersistentVolumeClaim now) {}

            @Override
            public void deleted(PersistentVolumeClaim last) {
                operations.forget(last.getMetadata().getUid());
            }
        });
        volumes.addHandler(new Handler<>() {
            @Override
            public void added(PersistentVolume volume) {}

            @Override
            public void updated(PersistentVolume before, PersistentVolume now) {}

            @Override
            public void deleted(PersistentVolume last) {
                operations.done(last.getMetadata().getUid());
            }
        });
        claims.addHandler(Handler.each(c -> {
            queue.add(new Claim(Key.of(c)));
            volumes.byIndex(BY_CLAIM, Key.of(c).toString())
                    .forEach(v -> queue.add(new Volume(v.getMetadata().getName())));
        }));
        volumes.addHandler(Handler.each(v -> {
            var name = v.getMetadata().getName();
            queue.add(new Volume(name));
            claims.byIndex(BY_VOLUME, name).forEach(c -> queue.add(new Claim(Key.of(c))));
            StorageFacts.claimOf(v)
                    .ifPresentOrElse(
                            c -> queue.add(new Claim(c)),
                            () -> claims.byIndex(UNBOUND_BY_CLASS, StorageFacts.className(v))
                                    .forEach(c -> queue.add(new Claim(Key.of(c)))));
        }));
        classes.addHandler(Handler.each(s -> {
            claims.byIndex(UNBOUND_BY_CLASS, s.getMetadata().getName()).forEach(c -> queue.add(new Claim(Key.of(c))));
            claims.byIndex(UNBOUND_BY_CLASS, "").forEach(c -> queue.add(new Claim(Key.of(c))));
        }));
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {
                PodClaims.of(pod).stream()
                        .filter(key -> claims.get(key)
                                .filter(c -> StorageFacts.volumeName(c).isEmpty())
                                .isPresent())
                        .forEach(key -> queue.add(new Claim(key)));
            }

            @Override
            public void updated(Pod before, Pod now) {}

            @Override
            public void deleted(Pod last) {}
        });

        var latestClaims = new Latest<>(claims);
        var latestVolumes = new Latest<>(volumes);
        var bindings = new Bindings(context, latestVolumes, latestClaims);
        var ofClaims = new ClaimReconciler(context, latestClaims, latestVolumes, classes, pods, bindings, operations);
        var ofVolumes = new VolumeReconciler(
                context,
                latestVolumes,
                latestClaims,
                bindings,
                new Reclaimer(context, bindings, operations),
                key -> queue.add(new Claim(key)));
        return Controller.of(new ControllerLoop<>("persistentvolume", queue, 1, (Work work) -> {
            switch (work) {
                case Claim(var key) -> ofClaims.reconcile(key);
                case Volume(var name) -> ofVolumes.reconcile(name);
            }
        }));
    }
}
