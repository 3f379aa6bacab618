package dev.navarch.controllers.garbagecollector;

import io.fabric8.kubernetes.api.model.OwnerReference;
import java.util.Comparator;
import java.util.Objects;

/**
 * Where an object is, or is said to be. One uid may be said to be at several places, because references are written by
 * anybody; at most one of them is true.
 *
 * @param namespace empty for cluster-scoped objects; of an owner that was never seen, that of who refers to it
 */
record Coordinates(String apiVersion, String kind, String namespace, String name, String uid) {
    static final Comparator<Coordinates> ORDER = Comparator.comparing(Coordinates::uid)
            .thenComparing(Coordinates::namespace)
            .thenComparing(Coordinates::name)
            .thenComparing(Coordinates::kind)
            .thenComparing(Coordinates::apiVersion);

    /** Where a reference from this namespace leads. */
    static Coordinates of(OwnerReference reference, String namespace) {
        return new Coordinates(
                reference.getApiVersion(), reference.getKind(), namespace, reference.getName(), reference.getUid());
    }

    /** Whether a reference says the same; it can't say the namespace. */
    boolean named(OwnerReference reference) {
        return apiVersion.equals(reference.getApiVersion())
                && kind.equals(reference.getKind())
                && name.equals(reference.getName())
                && Objects.equals(uid, reference.getUid());
    }

    /** Whether nothing in that namespace can be owned by what is here. */
    boolean outOfReachOf(String other) {
        return !namespace.isEmpty() && !namespace.equals(other);
    }

    Coordinates in(String other) {
        return new Coordinates(apiVersion, kind, other, name, uid);
    }

    @Override
    public String toString() {
        return "[" + apiVersion + "/" + kind + ", namespace: " + namespace + ", name: " + name + ", uid: " + uid + "]";
    }
}
