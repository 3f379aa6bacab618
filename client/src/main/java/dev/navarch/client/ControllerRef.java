package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Optional;

/** The owner reference with {@code controller: true}, of which an object has at most one. */
public final class ControllerRef {
    private ControllerRef() {}

    /** The reference to the controller of an object. */
    public static Optional<OwnerReference> of(HasMetadata object) {
        var owners = object.getMetadata().getOwnerReferences();
        return owners == null
                ? Optional.empty()
                : owners.stream()
                        .filter(o -> Boolean.TRUE.equals(o.getController()))
                        .findFirst();
    }

    /** The uid of an object's controller, or empty. */
    public static String uid(HasMetadata object) {
        return of(object).map(OwnerReference::getUid).orElse("");
    }

    public static boolean isControlledBy(HasMetadata object, HasMetadata owner) {
        return uid(object).equals(owner.getMetadata().getUid());
    }

    /** A reference that makes {@code owner} the controller, and lets a foreground deletion wait for the owned. */
    public static OwnerReference to(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }
}
