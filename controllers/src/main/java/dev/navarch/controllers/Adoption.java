package dev.navarch.controllers;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Which objects a controller's object owns: takes matching orphans, lets go of what no longer matches. The uid goes
 * with each patch, so that a later object of the same name is never touched.
 *
 * <p>source: kubernetes pkg/controller/controller_ref_manager.go.
 *
 * @param <T> type of the owned
 */
public final class Adoption<T extends HasMetadata> {
    private final Resource<T> resource;
    private final HasMetadata owner;
    private final Supplier<? extends Optional<? extends HasMetadata>> liveOwner;
    private final Optional<String> finalizer;
    private boolean mayAdopt;

    /** @param liveOwner asks the server, not a cache; called before the first adoption */
    public Adoption(
            Resource<T> resource, HasMetadata owner, Supplier<? extends Optional<? extends HasMetadata>> liveOwner) {
        this(resource, owner, liveOwner, Optional.empty());
    }

    /** @param finalizer that comes and goes with the owner */
    public Adoption(
            Resource<T> resource,
            HasMetadata owner,
            Supplier<? extends Optional<? extends HasMetadata>> liveOwner,
            Optional<String> finalizer) {
        this.resource = resource;
        this.owner = owner;
        this.liveOwner = liveOwner;
        this.finalizer = finalizer;
    }

    /** @param adoptable a further condition for orphans */
    public List<T> claim(List<T> candidates, LabelSelector selector, Predicate<T> adoptable) {
        List<T> mine = new ArrayList<>();
        for (var object : candidates) {
            var controller = ControllerRef.of(object);
            if (controller.isPresent()) {
                if (!controller.get().getUid().equals(owner.getMetadata().getUid())) {
                    continue;
                }
                if (Selectors.matches(selector, object)) {
                    mine.add(object);
                } else if (!Pods.isDeleting(owner)) {
                    release(object);
                }
            } else if (!Pods.isDeleting(owner)
                    && !Pods.isDeleting(object)
                    && Selectors.matches(selector, object)
                    && adoptable.test(object)) {
                adopt(object).ifPresent(mine::add);
            }
        }
        return mine;
    }

    private Optional<T> adopt(T object) {
        if (!mayAdopt) {
            checkOwner();
            mayAdopt = true;
        }
        try {
            return Optional.of(patch(object, ControllerRef.to(owner)));
        } catch (ApiFailure e) {
            if (e.notFound() || e.invalid()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void checkOwner() {
        var live = liveOwner.get();
        if (live.isEmpty()
                || !Objects.equals(
                        live.get().getMetadata().getUid(), owner.getMetadata().getUid())) {
            throw new IllegalStateException(
                    "the owner " + owner.getMetadata().getName() + " is gone: adopting nothing");
        }
        if (Pods.isDeleting(live.get())) {
            throw new IllegalStateException(
                    "the owner " + owner.getMetadata().getName() + " is being deleted: adopting nothing");
        }
    }

    private T patch(T object, OwnerReference reference) {
        var patch = JsonNodeFactory.instance.objectNode();
        var meta = patch.putObject("metadata").put("uid", object.getMetadata().getUid());
        finalizer.ifPresent(name -> meta.putArray("finalizers").add(name));
        meta.putArray("ownerReferences").add(Json.mapper().<tools.jackson.databind.JsonNode>valueToTree(reference));
        return resource.patch(
                object.getMetadata().getNamespace(), object.getMetadata().getName(), new Patch.Strategic(patch));
    }

    private void release(T object) {
        var patch = JsonNodeFactory.instance.objectNode();
        var meta = patch.putObject("metadata").put("uid", object.getMetadata().getUid());
        finalizer.ifPresent(
                name -> meta.putArray("$deleteFromPrimitiveList/finalizers").add(name));
        meta.putArray("ownerReferences")
                .addObject()
                .put("$patch", "delete")
                .put("uid", owner.getMetadata().getUid());
        try {
            resource.patch(
                    object.getMetadata().getNamespace(), object.getMetadata().getName(), new Patch.Strategic(patch));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.invalid()) { // gone, or another object by now
                throw e;
            }
        }
    }
}
