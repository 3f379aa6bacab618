package dev.navarch.controllers.vacprotection;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ProtectingReconciler;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClass;
import io.fabric8.kubernetes.api.model.storage.VolumeAttributesClassBuilder;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gives classes a finalizer, and takes it away when a class is to go and neither a volume nor a claim names it. */
public final class VacProtectionController {
    private static final String BY_CLASS = "volumeAttributesClassName";

    private final Informer<VolumeAttributesClass> classes;
    private final Informer<PersistentVolume> volumes;
    private final Informer<PersistentVolumeClaim> claims;

    private VacProtectionController(ControllerContext context) {
        classes = context.informer(VolumeAttributesClass.class);
        volumes = context.informer(PersistentVolume.class);
        claims = context.informer(PersistentVolumeClaim.class);
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("vacprotection");
        var controller = new VacProtectionController(context);
        controller.classes.addHandler(Handler.each(c -> queue.add(Key.of(c))));
        follow(controller.volumes, VacProtectionController::named, queue);
        follow(controller.claims, VacProtectionController::named, queue);
        var reconciler = new ProtectingReconciler<>(
                "kubernetes.io/vac-protection",
                controller.classes,
                context.client().resource(VolumeAttributesClass.class),
                (object, meta) -> new VolumeAttributesClassBuilder(object)
                        .withMetadata(meta)
                        .build(),
                controller::isUsed);
        return Controller.of(new ControllerLoop<>("vacprotection", queue, 1, reconciler));
    }

    /** Wakes the classes that an object ceases to name. */
    private static <T extends HasMetadata> void follow(
            Informer<T> objects, Function<T, List<String>> named, WorkQueue<Key> queue) {
        objects.addIndex(BY_CLASS, named);
        objects.addHandler(new Handler<T>() {
            @Override
            public void added(T object) {}

            @Override
            public void updated(T before, T now) {
                var still = named.apply(now);
                named.apply(before).stream()
                        .filter(name -> !still.contains(name))
                        .forEach(this::wake);
            }

            @Override
            public void deleted(T last) {
                named.apply(last).forEach(this::wake);
            }

            private void wake(String name) {
                queue.add(new Key("", name));
            }
        });
    }

    private static List<String> named(PersistentVolume volume) {
        return names(volume.getSpec().getVolumeAttributesClassName());
    }

    /** The class that a claim asks for, the one that it has, and the one that it is on the way to. */
    private static List<String> named(PersistentVolumeClaim claim) {
        var status = claim.getStatus();
        var change = status == null ? null : status.getModifyVolumeStatus();
        return names(
                claim.getSpec().getVolumeAttributesClassName(),
                status == null ? null : status.getCurrentVolumeAttributesClassName(),
                change == null ? null : change.getTargetVolumeAttributesClassName());
    }

    private static List<String> names(@Nullable String... names) {
        return Stream.of(names)
                .filter(Objects::nonNull)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    private boolean isUsed(VolumeAttributesClass object) {
        var name = object.getMetadata().getName();
        return !volumes.byIndex(BY_CLASS, name).isEmpty()
                || !claims.byIndex(BY_CLASS, name).isEmpty();
    }
}
