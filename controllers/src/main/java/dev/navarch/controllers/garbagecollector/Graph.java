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
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who owns whom, by uid. An owner that is named but was never seen is virtual: whether it exists must be asked of the
 * server. References may be wrong about where an owner is, by mistake or malice; what they say is believed of nobody but
 * who says it. Every change tells which objects to look at. Safe for use by many threads.
 *
 * <p>source: kubernetes pkg/controller/garbagecollector/graph_builder.go.
 */
final class Graph {
    static final String ORPHAN = "orphan";
    static final String FOREGROUND = "foregroundDeletion";

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

    /**
     * What a change calls for.
     *
     * @param delete uids of objects that may be garbage, or whose deletion may go on
     * @param later likewise, but not at once, lest contradictory references keep the collector busy
     * @param orphan uids of objects whose dependents are to be freed
     * @param misplaced references to objects in other namespaces, which nobody can own across
     */
    record Wake(Set<String> delete, Set<String> later, Set<String> orphan, List<Misplaced> misplaced) {
        Wake() {
            this(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>(), new ArrayList<>());
        }
    }

    /** @param claimed where the owner would have to be */
    record Misplaced(Coordinates dependent, Coordinates claimed) {}

    private final AbsentOwners absent;

    /** Guarded by this, with all nodes. */
    private final Map<String, Node> nodes = new HashMap<>();

    /** Kinds by those of which objects have been seen to own them; guarded by this. */
    private final Map<Kind, Set<Kind>> owned = new HashMap<>();

    record Kind(String apiVersion, String kind) {}

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

        /** Whether a reference leads to where the owner is. */
        boolean finds(Coordinates owner) {
            return !owner.outOfReachOf(at.namespace()) && owners.stream().anyMatch(owner::named);
        }

        /** Whether a reference to the owner's uid leads elsewhere. */
        boolean misses(Coordinates owner) {
            return owner.outOfReachOf(at.namespace())
                    || owners.stream().anyMatch(o -> owner.uid().equals(o.getUid()) && !owner.named(o));
        }
    }

    Graph(AbsentOwners absent) {
        this.absent = absent;
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

    /** The kinds of which some have been owned by an object of this one's kind. */
    synchronized Set<Kind> dependentKinds(Coordinates at) {
        return Set.copyOf(owned.getOrDefault(new Kind(at.apiVersion(), at.kind()), Set.of()));
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
        if (node.virtual && !node.at.equals(at)) {
            doubt(node, at, wake);
        }
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

    /** The owner was seen elsewhere than some of its dependents say: has each of them another owner? */
    private void doubt(Node owner, Coordinates seen, Wake wake) {
        for (var uid : owner.dependents) {
            var dependent = nodes.get(uid);
            if (dependent != null && dependent.misses(seen)) {
                wake.delete.add(uid);
                if (seen.outOfReachOf(dependent.at.namespace())) {
                    misplaced(dependent, seen.uid(), wake);
                }
            }
        }
    }

    private static void misplaced(Node dependent, String owner, Wake wake) {
        dependent.owners.stream()
                .filter(o -> owner.equals(o.getUid()))
                .findFirst()
                .ifPresent(o ->
                        wake.misplaced.add(new Misplaced(dependent.at, Coordinates.of(o, dependent.at.namespace()))));
    }

    private void relink(Node node, List<OwnerReference> owners, Wake wake) {
        var uid = node.at.uid();
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
        var before = node.owners;
        node.owners = List.copyOf(owners);
        for (var reference : owners) {
            link(node, reference, wake);
        }
        if (owners.size() < before.size()) {
            wake.delete.add(uid); // perhaps the last owner that held it
        }
    }

    private void link(Node node, OwnerReference reference, Wake wake) {
        var uid = node.at.uid();
        owned.computeIfAbsent(new Kind(reference.getApiVersion(), reference.getKind()), _ -> new HashSet<>())
                .add(new Kind(node.at.apiVersion(), node.at.kind()));
        var owner = nodes.get(reference.getUid());
        if (owner == null) {
            owner = new Node(Coordinates.of(reference, node.at.namespace()));
            nodes.put(reference.getUid(), owner);
            wake.delete.add(reference.getUid()); // is it there at all?
        }
        if (!owner.dependents.add(uid)) {
            return;
        }
        boolean outOfReach = owner.at.outOfReachOf(node.at.namespace());
        if (owner.waiting || outOfReach || !owner.at.named(reference)) {
            wake.delete.add(uid);
        }
        if (outOfReach && !owner.virtual) {
            misplaced(node, reference.getUid(), wake);
        }
    }

    private void dropIfUnused(Node node) {
        if (node.virtual && node.dependents.isEmpty()) {
            nodes.remove(node.at.uid());
        }
    }

    /** An object is gone: its dependents may be garbage, and owners may have waited for it. */
    synchronized Wake remove(@Nullable String uid) {
        var wake = new Wake();
        var node = nodes.get(uid);
        if (node != null) {
            remove(node, node.at, wake);
        }
        return wake;
    }

    /** The server has nothing of this uid at this place; others may say that it is elsewhere. */
    synchronized Wake absent(Coordinates nothing) {
        var wake = new Wake();
        var node = nodes.get(nothing.uid());
        if (node == null) {
            return wake;
        }
        var missing = dependents(node, d -> d.misses(nothing));
        if (node.at.equals(nothing) && !node.virtual || node.virtual && missing.isEmpty()) {
            remove(node, nothing, wake);
            return wake;
        }
        var finding = dependents(node, d -> d.finds(nothing));
        if (!finding.isEmpty()) {
            absent.add(nothing);
            finding.forEach(d -> wake.delete.add(d.at.uid()));
        }
        if (node.virtual && node.at.equals(nothing)) {
            elsewhere(missing, nothing).ifPresent(other -> {
                node.at = other;
                wake.later.add(other.uid());
            });
        }
        return wake;
    }

    private List<Node> dependents(Node owner, Predicate<Node> which) {
        return owner.dependents.stream()
                .map(nodes::get)
                .filter(Objects::nonNull)
                .filter(which)
                .toList();
    }

    /** The next place that is said to be the object's, in a fixed order that begins anew at its end. */
    private static Optional<Coordinates> elsewhere(List<Node> dependents, Coordinates nothing) {
        var places = new TreeSet<>(Coordinates.ORDER);
        for (var dependent : dependents) {
            for (var reference : dependent.owners) {
                if (nothing.uid().equals(reference.getUid())) {
                    places.add(Coordinates.of(reference, dependent.at.namespace()));
                }
            }
        }
        places.remove(nothing);
        if (places.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Objects.requireNonNullElseGet(places.higher(nothing), places::first));
    }

    private void remove(Node node, Coordinates at, Wake wake) {
        var uid = at.uid();
        nodes.remove(uid);
        if (!node.dependents.isEmpty()) {
            absent.add(at);
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
    }
}
