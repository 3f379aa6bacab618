package dev.navarch.controllers.garbagecollector;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who owns whom, by uid. An owner that is named but was never seen is virtual: whether it exists must be asked of the
 * server. Every change tells which objects to look at. Safe for use by many threads.
 *
 * <p>source: kubernetes pkg/controller/garbagecollector/graph_builder.go.
 */
final class Graph {
    static final String ORPHAN = "orphan";
    static final String FOREGROUND = "foregroundDeletion";

    /** Where an object is. */
    record Coordinates(String apiVersion, String kind, String namespace, String name, String uid) {}

    /**
     * A copy of what is known of an object.
     *
     * @param virtual named as an owner but not seen
     * @param waiting being deleted after its dependents
     */
    record Item(
            Coordinates at,
            List<OwnerReference> owners,
            boolean virtual,
            boolean beingDeleted,
            boolean waiting,
            Set<String> dependents) {}

    /** What a change calls for, as uids. */
    record Wake(Set<String> delete, Set<String> orphan) {
        Wake() {
            this(new LinkedHashSet<>(), new LinkedHashSet<>());
        }
    }

    /** Guarded by this, with all nodes. */
    private final Map<String, Node> nodes = new HashMap<>();

    private static final class Node {
        private Coordinates at;
        private List<OwnerReference> owners = List.of();
        private final Set<String> dependents = new HashSet<>();
        private boolean virtual = true;
        private boolean beingDeleted;
        private boolean waiting;
        private boolean orphaning;

        Node(Coordinates at) {
            this.at = at;
        }
    }

    synchronized Optional<Item> item(String uid) {
        var node = nodes.get(uid);
        return node == null
                ? Optional.empty()
                : Optional.of(new Item(
                        node.at,
                        node.owners,
                        node.virtual,
                        node.beingDeleted,
                        node.waiting,
                        Set.copyOf(node.dependents)));
    }

    /** The dependents that a foreground deletion of the object must wait for. */
    synchronized List<String> blocking(String uid) {
        var node = nodes.get(uid);
        List<String> blocking = new ArrayList<>();
        if (node != null) {
            for (var dependent : node.dependents) {
                var other = nodes.get(dependent);
                if (other != null
                        && other.owners.stream()
                                .anyMatch(o ->
                                        uid.equals(o.getUid()) && Boolean.TRUE.equals(o.getBlockOwnerDeletion()))) {
                    blocking.add(dependent);
                }
            }
        }
        return blocking;
    }

    /** An object was seen, new or changed. */
    synchronized Wake observe(PartialObjectMetadata object) {
        var wake = new Wake();
        var meta = object.getMetadata();
        var at = new Coordinates(
                object.getApiVersion(),
                object.getKind(),
                Objects.requireNonNullElse(meta.getNamespace(), ""),
                meta.getName(),
                meta.getUid());
        var node = nodes.computeIfAbsent(meta.getUid(), _ -> new Node(at));
        node.at = at;
        node.virtual = false;
        var owners = meta.getOwnerReferences() == null ? List.<OwnerReference>of() : meta.getOwnerReferences();
        if (!owners.equals(node.owners)) {
            relink(node, owners, wake);
        }
        var finalizers = meta.getFinalizers() == null ? List.<String>of() : meta.getFinalizers();
        boolean deleting = meta.getDeletionTimestamp() != null;
        boolean orphaning = deleting && finalizers.contains(ORPHAN);
        boolean waiting = deleting && finalizers.contains(FOREGROUND);
        if (orphaning && !node.orphaning) {
            wake.orphan.add(meta.getUid());
        }
        if (waiting && !node.waiting) {
            wake.delete.addAll(node.dependents);
            wake.delete.add(meta.getUid());
        }
        node.beingDeleted = deleting;
        node.waiting = waiting;
        node.orphaning = orphaning;
        return wake;
    }

    private void relink(Node node, List<OwnerReference> owners, Wake wake) {
        var uid = node.at.uid;
        for (var before : node.owners) {
            var now = owners.stream()
                    .filter(o -> Objects.equals(o.getUid(), before.getUid()))
                    .findFirst();
            var owner = nodes.get(before.getUid());
            if (owner == null) {
                continue;
            }
            boolean blocked = Boolean.TRUE.equals(before.getBlockOwnerDeletion());
            boolean blocks = now.filter(o -> Boolean.TRUE.equals(o.getBlockOwnerDeletion()))
                    .isPresent();
            if (owner.waiting && blocked && !blocks) {
                wake.delete.add(before.getUid());
            }
            if (now.isEmpty()) {
                owner.dependents.remove(uid);
                dropIfUnused(owner);
            }
        }
        for (var reference : owners) {
            var owner = nodes.get(reference.getUid());
            if (owner == null) {
                owner = new Node(new Coordinates(
                        reference.getApiVersion(),
                        reference.getKind(),
                        node.at.namespace,
                        reference.getName(),
                        reference.getUid()));
                nodes.put(reference.getUid(), owner);
                wake.delete.add(reference.getUid()); // is it there at all?
            }
            if (owner.dependents.add(uid) && owner.waiting) {
                wake.delete.add(uid);
            }
        }
        if (node.owners.isEmpty() ? false : owners.size() < node.owners.size()) {
            wake.delete.add(uid); // perhaps the last owner that held it
        }
        node.owners = List.copyOf(owners);
    }

    private void dropIfUnused(Node node) {
        if (node.virtual && node.dependents.isEmpty()) {
            nodes.remove(node.at.uid);
        }
    }

    /** An object is gone: its dependents may be garbage, and owners may have waited for it. */
    synchronized Wake remove(@Nullable String uid) {
        var wake = new Wake();
        var node = nodes.remove(uid);
        if (node == null) {
            return wake;
        }
        wake.delete.addAll(node.dependents);
        for (var reference : node.owners) {
            var owner = nodes.get(reference.getUid());
            if (owner != null) {
                owner.dependents.remove(uid);
                if (owner.waiting) {
                    wake.delete.add(reference.getUid());
                }
                dropIfUnused(owner);
            }
        }
        return wake;
    }
}
