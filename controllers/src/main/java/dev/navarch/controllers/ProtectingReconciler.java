package dev.navarch.controllers;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Gives every object of a kind a finalizer, and takes it away when the object is to go and is not used.
 *
 * @param with an object with other metadata, as a new one
 * @param isUsed asked of objects that are to go only; whoever ceases to use one must have it reconciled
 */
public record ProtectingReconciler<T extends HasMetadata>(
        String finalizer,
        Informer<T> objects,
        Resource<T> resource,
        BiFunction<T, ObjectMeta, T> with,
        Predicate<T> isUsed)
        implements Reconciler<Key> {
    public ProtectingReconciler {
        requireNonNull(finalizer);
        requireNonNull(objects);
        requireNonNull(resource);
        requireNonNull(with);
        requireNonNull(isUsed);
    }

    @Override
    public void reconcile(Key key) {
        objects.get(key).ifPresent(this::reconcile);
    }

    private void reconcile(T object) {
        var meta = object.getMetadata();
        boolean isProtected = meta.getFinalizers().contains(finalizer);
        boolean isDeleting = Pods.isDeleting(object);
        if (isProtected && isDeleting && !isUsed.test(object)) {
            update(object, new ObjectMetaBuilder(meta).removeFromFinalizers(finalizer));
        } else if (!isProtected && !isDeleting) {
            update(object, new ObjectMetaBuilder(meta).addToFinalizers(finalizer));
        }
    }

    private void update(T object, ObjectMetaBuilder meta) {
        resource.update(with.apply(object, meta.build()));
    }
}
