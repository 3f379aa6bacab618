package dev.navarch.controllers;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Wakes the controlling owners of objects that change, and those that may adopt an orphan; notes what was expected.
 *
 * @param <T> type of the owned
 * @param <O> type of the owners
 */
public final class OwnedObjects<T extends HasMetadata, O extends HasMetadata> implements Handler<T> {
    private final String kind;
    private final Informer<O> owners;
    private final Function<O, LabelSelector> selector;
    private final WorkQueue<Key> queue;
    private final Optional<Expectations> expectations;

    private OwnedObjects(
            String kind,
            Informer<O> owners,
            Function<O, LabelSelector> selector,
            WorkQueue<Key> queue,
            Optional<Expectations> expectations) {
        this.kind = kind;
        this.owners = owners;
        this.selector = selector;
        this.queue = queue;
        this.expectations = expectations;
    }

    /** @param kind of the owners, as owner references name it */
    public static <T extends HasMetadata, O extends HasMetadata> OwnedObjects<T, O> of(
            String kind, Informer<O> owners, Function<O, LabelSelector> selector, WorkQueue<Key> queue) {
        return new OwnedObjects<>(kind, owners, selector, queue, Optional.empty());
    }

    /** The same, which tells what has come and gone. */
    public OwnedObjects<T, O> telling(Expectations told) {
        return new OwnedObjects<>(kind, owners, selector, queue, Optional.of(told));
    }

    private Optional<O> owner(T object) {
        return ControllerRef.of(object)
                .filter(r -> r.getKind().equals(kind))
                .flatMap(r -> owners.get(object.getMetadata().getNamespace(), r.getName())
                        .filter(o -> o.getMetadata().getUid().equals(r.getUid())));
    }

    private void wakeMatching(T orphan) {
        for (var owner : owners.list(orphan.getMetadata().getNamespace())) {
            if (Selectors.matches(Selectors.of(selector.apply(owner)), orphan)) {
                queue.add(Key.of(owner));
            }
        }
    }

    @Override
    public void added(T object) {
        if (Pods.isDeleting(object)) {
            deleted(object);
        } else if (ControllerRef.of(object).isEmpty()) {
            wakeMatching(object);
        } else {
            owner(object).ifPresent(owner -> {
                expectations.ifPresent(e -> e.created(Key.of(owner)));
                queue.add(Key.of(owner));
            });
        }
    }

    @Override
    public void updated(T before, T now) {
        if (Pods.isDeleting(now)) {
            deleted(now); // its deletion is what was expected, not its end
            return;
        }
        boolean moved = !ControllerRef.uid(before).equals(ControllerRef.uid(now));
        if (moved) {
            owner(before).ifPresent(owner -> queue.add(Key.of(owner)));
        }
        owner(now).ifPresent(owner -> queue.add(Key.of(owner)));
        boolean relabeled = !Objects.equals(
                before.getMetadata().getLabels(), now.getMetadata().getLabels());
        if (ControllerRef.of(now).isEmpty() && (moved || relabeled)) {
            wakeMatching(now);
        }
    }

    @Override
    public void deleted(T last) {
        owner(last).ifPresent(owner -> {
            expectations.ifPresent(
                    e -> e.deleted(Key.of(owner), last.getMetadata().getUid()));
            queue.add(Key.of(owner));
        });
    }
}
