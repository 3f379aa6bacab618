package dev.navarch.controllers.garbagecollector;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Json;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** Looks at one object, by uid: is it garbage, or does its deletion wait? The server, not a cache, has the last word. */
final class GarbageReconciler implements Reconciler<String> {
    /** After how long an owner that was not seen, or was not where it was said to be, is looked for once more. */
    private static final Duration LATER = Duration.ofSeconds(2);

    private final ApiClient client;
    private final EventRecorder events;
    private final Graph graph;
    private final Kinds kinds;
    private final WorkQueue<String> deletions;
    private final WorkQueue<String> orphanings;
    private final AbsentOwners absent;

    GarbageReconciler(
            ApiClient client,
            EventRecorder events,
            Graph graph,
            AbsentOwners absent,
            Kinds kinds,
            WorkQueue<String> deletions,
            WorkQueue<String> orphanings) {
        this.client = client;
        this.events = events;
        this.graph = graph;
        this.absent = absent;
        this.kinds = kinds;
        this.deletions = deletions;
        this.orphanings = orphanings;
    }

    void wake(Graph.Wake wake) {
        wake.delete().forEach(deletions::add);
        wake.later().forEach(uid -> deletions.addAfter(uid, LATER));
        wake.orphan().forEach(orphanings::add);
        wake.misplaced().forEach(this::report);
    }

    /** source: kubernetes pkg/controller/garbagecollector/graph_builder.go (reportInvalidNamespaceOwnerRef). */
    private void report(Graph.Misplaced misplaced) {
        var dependent = misplaced.dependent();
        events.record(
                new ObjectReferenceBuilder()
                        .withApiVersion(dependent.apiVersion())
                        .withKind(dependent.kind())
                        .withNamespace(dependent.namespace())
                        .withName(dependent.name())
                        .withUid(dependent.uid())
                        .build(),
                "Warning",
                "OwnerRefInvalidNamespace",
                "ownerRef " + misplaced.claimed() + " does not exist in namespace \"" + dependent.namespace() + "\"");
    }

    @Override
    public void reconcile(String uid) {
        var known = graph.item(uid);
        if (known.isEmpty() || known.get().beingDeleted() && !known.get().waiting()) {
            return;
        }
        var item = known.get();
        if (unreachable(item.at())) {
            return;
        }
        var live = live(item.at());
        if (live.isEmpty()) {
            wake(graph.absent(item.at()));
            return;
        }
        if (item.virtual()) {
            deletions.addAfter(uid, LATER); // it is there: its informer will show it
            return;
        }
        if (item.waiting()) {
            finishForeground(item, live.get());
            return;
        }
        var owners = owners(live.get());
        if (owners.stream()
                .anyMatch(o -> unreachable(Coordinates.of(o, item.at().namespace())))) {
            return; // nothing that is tried again would make it right
        }
        List<GarbagePlan.OwnerState> states = new ArrayList<>();
        for (var owner : owners) {
            states.add(state(item.at().namespace(), owner));
        }
        boolean hasDependents = !item.dependents().isEmpty();
        switch (GarbagePlan.decide(owners, states, hasDependents, finalizers(live.get()))) {
            case GarbagePlan.Verdict.Keep _ -> {}
            case GarbagePlan.Verdict.Unlink(var lost) -> relink(live.get(), o -> GarbagePlan.without(o, lost));
            case GarbagePlan.Verdict.Delete(var how) -> delete(item, live.get(), how);
        }
    }

    private static List<OwnerReference> owners(PartialObjectMetadata object) {
        var owners = object.getMetadata().getOwnerReferences();
        return owners == null ? List.of() : owners;
    }

    private static List<String> finalizers(PartialObjectMetadata object) {
        var finalizers = object.getMetadata().getFinalizers();
        return finalizers == null ? List.of() : finalizers;
    }

    /** Whether a cluster-scoped object names a namespaced owner, of which it can't say where it is. */
    private boolean unreachable(Coordinates at) {
        return at.namespace().isEmpty()
                && kinds.of(at.apiVersion(), at.kind())
                        .filter(ResourceKind::namespaced)
                        .isPresent();
    }

    /** The object with this very uid, as the server has it. */
    private Optional<PartialObjectMetadata> live(Coordinates at) {
        var resource = resource(at.apiVersion(), at.kind());
        return resource.get(resource.kind().namespaced() ? at.namespace() : "", at.name())
                .filter(o -> Objects.equals(o.getMetadata().getUid(), at.uid()));
    }

    private Resource<PartialObjectMetadata> resource(String apiVersion, String kind) {
        return client.resource(kinds.of(apiVersion, kind)
                .orElseThrow(() -> new IllegalStateException("no resource is known for " + apiVersion + " " + kind)));
    }

    private Resource<PartialObjectMetadata> resource(PartialObjectMetadata object) {
        return resource(object.getApiVersion(), object.getKind());
    }

    private GarbagePlan.OwnerState state(String namespace, OwnerReference reference) {
        if (absent.has(reference, namespace)) {
            return GarbagePlan.OwnerState.ABSENT;
        }
        var at = Coordinates.of(reference, namespace);
        var owner = live(at);
        if (owner.isEmpty()) {
            boolean namespaced = resource(at.apiVersion(), at.kind()).kind().namespaced();
            absent.add(namespaced ? at : at.in(""));
            return GarbagePlan.OwnerState.ABSENT;
        }
        boolean waiting = owner.get().getMetadata().getDeletionTimestamp() != null
                && finalizers(owner.get()).contains(Graph.FOREGROUND);
        return waiting ? GarbagePlan.OwnerState.WAITING : GarbagePlan.OwnerState.SOLID;
    }

    private void delete(Graph.Item item, PartialObjectMetadata live, DeleteOptions.Propagation how) {
        if (how == DeleteOptions.Propagation.FOREGROUND) {
            breakCycle(item, live);
        }
        try {
            resource(live)
                    .delete(
                            Objects.requireNonNullElse(live.getMetadata().getNamespace(), ""),
                            live.getMetadata().getName(),
                            DeleteOptions.exactly(live)
                                    .resourceVersion(live.getMetadata().getResourceVersion())
                                    .propagation(how));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    /** If a dependent waits for its own dependents too, both may wait for each other: this one stops blocking. */
    private void breakCycle(Graph.Item item, PartialObjectMetadata live) {
        boolean cycle = item.dependents().stream()
                .anyMatch(d -> graph.item(d).filter(Graph.Item::waiting).isPresent());
        if (cycle) {
            relink(live, owners -> {
                List<OwnerReference> unblocked = new ArrayList<>();
                for (var owner : owners) {
                    unblocked.add(new io.fabric8.kubernetes.api.model.OwnerReferenceBuilder(owner)
                            .withBlockOwnerDeletion(false)
                            .build());
                }
                return unblocked;
            });
        }
    }

    /** Lets a foreground deletion end when nothing blocks it, or wakes what does. */
    private void finishForeground(Graph.Item item, PartialObjectMetadata live) {
        var blocking = graph.blocking(item.at().uid());
        if (blocking.isEmpty()) {
            if (unseen(item).stream()
                    .anyMatch(o -> owners(o).stream()
                            .anyMatch(r -> item.at().uid().equals(r.getUid())
                                    && Boolean.TRUE.equals(r.getBlockOwnerDeletion())))) {
                deletions.addAfter(item.at().uid(), LATER); // or earlier, as soon as they are seen
            } else {
                dropFinalizer(live, Graph.FOREGROUND);
            }
            return;
        }
        for (var dependent : blocking) {
            if (graph.item(dependent).filter(d -> !d.waiting()).isPresent()) {
                deletions.add(dependent);
            }
        }
    }

    /**
     * The dependents that the server has and the graph has not yet: kinds are watched one beside the other, and what an owner
     * made just before it was deleted may be seen after that. Upstream goes by its graph alone. Of kinds of which none was
     * ever seen to be owned so, nothing is known here either.
     */
    private List<PartialObjectMetadata> unseen(Graph.Item owner) {
        List<PartialObjectMetadata> unseen = new ArrayList<>();
        for (var kind : graph.dependentKinds(owner.at())) {
            var found = kinds.of(kind.apiVersion(), kind.kind());
            if (found.isEmpty()) {
                continue; // it is served no more
            }
            client.resource(found.get()).list(ListQuery.inNamespace(owner.at().namespace())).items().stream()
                    .filter(o ->
                            owners(o).stream().anyMatch(r -> owner.at().uid().equals(r.getUid())))
                    .filter(o -> !owner.dependents().contains(o.getMetadata().getUid()))
                    .forEach(unseen::add);
        }
        return unseen;
    }

    /** Frees the dependents of an object that is deleted with the policy Orphan, then the object. */
    void orphan(String uid) {
        var item = graph.item(uid);
        if (item.isEmpty()) {
            return;
        }
        for (var dependent : item.get().dependents()) {
            var known = graph.item(dependent);
            if (known.isPresent()) {
                live(known.get().at()).ifPresent(o -> relink(o, refs -> GarbagePlan.without(refs, Set.of(uid))));
            }
        }
        for (var dependent : unseen(item.get())) {
            relink(dependent, refs -> GarbagePlan.without(refs, Set.of(uid)));
        }
        live(item.get().at()).ifPresent(o -> dropFinalizer(o, Graph.ORPHAN));
    }

    private void relink(PartialObjectMetadata object, UnaryOperator<List<OwnerReference>> change) {
        var next = change.apply(owners(object));
        if (!next.equals(owners(object))) {
            patch(object, meta -> meta.set("ownerReferences", Json.mapper().valueToTree(next)));
        }
    }

    private void dropFinalizer(PartialObjectMetadata object, String finalizer) {
        var next = new ArrayList<>(finalizers(object));
        if (next.remove(finalizer)) {
            patch(object, meta -> meta.set("finalizers", Json.mapper().valueToTree(next)));
        }
    }

    /** Replaces whole lists, which custom resources understand too; so only at the version that was read. */
    private void patch(PartialObjectMetadata object, java.util.function.Consumer<ObjectNode> change) {
        var meta = object.getMetadata();
        var patch = Json.mapper().createObjectNode();
        var changed = patch.putObject("metadata");
        changed.put("uid", meta.getUid()).put("resourceVersion", meta.getResourceVersion());
        change.accept(changed);
        try {
            resource(object)
                    .patch(Objects.requireNonNullElse(meta.getNamespace(), ""), meta.getName(), new Patch.Merge(patch));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
