package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.Status;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.registry.DeleteOptions.Propagation;
import dev.navarch.apiserver.registry.Renderer.Listed;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.storage.Entry;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * Delete and deletecollection. An object goes at once, unless it has a grace period, finalizers or dependents that are
 * to be waited for: then its deletion is written into it, and who removes the last obstacle removes the object (source:
 * k8s.io/apiserver pkg/registry/generic/registry/store.go, Delete; pkg/registry/rest/delete.go, BeforeDelete; kubernetes
 * pkg/registry/core/namespace/storage/storage.go).
 */
final class DeleteVerbs {
    private static final int MOST_TRIES = 100;
    static final String FOREGROUND = "foregroundDeletion";
    static final String ORPHAN = "orphan";

    private final Objects objects;
    private final ReadVerbs reads;
    private final Renderer renderer;
    private final AdmissionChain admission;
    private final Catalogue catalogue;
    private final TimeSource time;
    private final ObjectDecoder decoder = new ObjectDecoder();

    DeleteVerbs(
            Objects objects,
            ReadVerbs reads,
            Renderer renderer,
            AdmissionChain admission,
            Catalogue catalogue,
            TimeSource time) {
        this.objects = objects;
        this.reads = reads;
        this.renderer = renderer;
        this.admission = admission;
        this.catalogue = catalogue;
        this.time = time;
    }

    /** What a deletion has come to: the object's last state, or the state in which it waits to go. */
    record Deleted(Entry entry, boolean gone) {}

    ApiResponse delete(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = Negotiated.of(request);
        var info = request.info();
        var options = options(request);
        var deleted = delete(request, resource, info.namespace(), info.name(), options);
        if (deleted.gone && !resource.traits().deletionAnswersObject()) {
            var status = Status.success(new Status.Details(
                    info.name(),
                    resource.group(),
                    resource.plural(),
                    Meta.uid(objects.tree(deleted.entry)),
                    List.of(),
                    0));
            return renderer.document(200, form, status.tree(), Headers.EMPTY);
        }
        return renderer.object(200, request, form, resource, deleted.entry, Headers.EMPTY);
    }

    ApiResponse deleteCollection(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = Negotiated.of(request);
        var options = options(request);
        var which = ListOptions.of(request, false);
        var listed =
                reads.listed(resource, request.info().namespace(), which, reads.selection(request, resource, which));
        List<Entry> deleted = new ArrayList<>();
        for (var entry : listed.entries()) {
            var tree = objects.trees().tree(entry);
            if (tree.isEmpty()) {
                continue;
            }
            try {
                deleted.add(
                        delete(request, resource, Meta.namespace(tree.get()), Meta.name(tree.get()), options).entry);
            } catch (ApiFailure e) {
                if (e.code() != 404) {
                    throw e;
                }
            }
        }
        return renderer.list(
                request, form, resource, new Listed(deleted, listed.revision(), listed.next(), listed.remaining()));
    }

    private DeleteOptions options(ApiRequest request) {
        if (request.body().length == 0) {
            return DeleteOptions.of(request.query());
        }
        try {
            var body = decoder.decode(request.body(), Bodies.format(request), catalogue.metaSchema("DeleteOptions"))
                    .tree();
            var kind = Tree.text(body, "kind");
            if (!kind.isEmpty() && !kind.equals("DeleteOptions")) {
                throw ApiFailure.badRequest("decoded object cannot be converted to DeleteOptions");
            }
            return DeleteOptions.of(body);
        } catch (BadBodyException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }

    Deleted delete(ApiRequest request, ServedResource resource, String namespace, String name, DeleteOptions options)
            throws InterruptedException {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var entry = objects.find(resource, namespace, name).orElseThrow(() -> resource.notFound(name));
            var old = objects.tree(entry);
            check(resource, name, old, options);
            admit(request, resource, namespace, name, old, options);
            var outcome = attempt(resource, entry, old, options);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw resource.modified(name);
    }

    private static void check(ServedResource resource, String name, ObjectNode object, DeleteOptions options) {
        options.uid().filter(uid -> !uid.equals(Meta.uid(object))).ifPresent(uid -> {
            throw ApiFailure.conflict(
                    resource.group(),
                    resource.plural(),
                    name,
                    "the UID in the precondition (" + uid + ") does not match the UID in record (" + Meta.uid(object)
                            + "). The object might have been deleted and then recreated");
        });
        options.resourceVersion()
                .filter(version -> !version.equals(Meta.resourceVersion(object)))
                .ifPresent(version -> {
                    throw ApiFailure.conflict(
                            resource.group(),
                            resource.plural(),
                            name,
                            "the ResourceVersion in the precondition (" + version
                                    + ") does not match the ResourceVersion in record ("
                                    + Meta.resourceVersion(object) + "). The object might have been modified");
                });
    }

    private void admit(
            ApiRequest request,
            ServedResource resource,
            String namespace,
            String name,
            ObjectNode old,
            DeleteOptions options)
            throws InterruptedException {
        var asked = WriteVerbs.admission(
                Operation.DELETE,
                resource,
                "",
                namespace,
                name,
                Optional.empty(),
                Optional.of(old),
                request.user(),
                options.dryRun());
        admission.admit(asked);
        admission.validate(asked);
    }

    /** Empty if another write came first. */
    private Optional<Deleted> attempt(ServedResource resource, Entry entry, ObjectNode old, DeleteOptions options) {
        var now = old.deepCopy();
        boolean waits = resource.is("", "namespaces") ? markNamespace(now) : mark(resource, now, old, options);
        if (!waits) {
            return options.dryRun() ? Optional.of(new Deleted(entry, true)) : remove(resource, entry, old);
        }
        var draft = objects.draft(resource, now);
        if (Objects.same(entry, draft)) {
            return Optional.of(new Deleted(entry, false));
        }
        if (options.dryRun()) {
            return Optional.of(new Deleted(Objects.imagine(entry.key(), draft, entry.revision()), false));
        }
        return objects.update(entry, draft).map(e -> new Deleted(e, false));
    }

    /** Removes the object as it is. Empty if another write came first. */
    Optional<Deleted> remove(ServedResource resource, Entry entry, ObjectNode last) {
        var removed = objects.delete(entry);
        removed.ifPresent(_ -> resource.hook().deleted(last));
        return removed.map(e -> new Deleted(e, true));
    }

    /** A namespace is emptied first, by its controller, which then removes the finalizer in its spec. */
    private boolean markNamespace(ObjectNode now) {
        boolean waits = !Tree.strings(now, "spec", "finalizers").isEmpty()
                || !Meta.finalizers(now).isEmpty();
        if (!Meta.deleting(now)) {
            Meta.of(now).put("deletionTimestamp", Meta.time(time.now()));
            Tree.childObject(now, "status").put("phase", "Terminating");
        }
        return waits;
    }

    /** Writes the deletion into the object; returns whether the object must stay for now. */
    private boolean mark(ServedResource resource, ObjectNode now, ObjectNode old, DeleteOptions options) {
        boolean graceful = false;
        boolean pending = false;
        var wanted = options.gracePeriodSeconds();
        var grace = resource.rules()
                .gracePeriodSeconds(old, wanted.map(OptionalLong::of).orElse(OptionalLong.empty()));
        if (grace.isPresent()) {
            if (!Meta.deleting(old)) {
                graceful = grace.getAsLong() > 0;
                if (graceful) {
                    begin(now, time.now(), grace.getAsLong());
                }
            } else {
                long granted = Meta.deletionGrace(old).orElse(0L);
                graceful = granted > 0 && wanted.isPresent() && wanted.get() < granted && wanted.get() > 0;
                pending = granted > 0 && (wanted.isEmpty() || wanted.get() >= granted);
                if (graceful) {
                    shorten(now, granted, wanted.get());
                }
            }
        }
        boolean finalizersChanged = finalizers(resource, now, options);
        boolean held = !Meta.finalizers(now).isEmpty();
        if (!graceful && !pending && (held || finalizersChanged)) {
            if (!Meta.deleting(now)) {
                begin(now, time.now(), 0);
            }
            Meta.of(now).put("deletionGracePeriodSeconds", 0);
        }
        return graceful || pending || held;
    }

    private static void begin(ObjectNode now, Instant at, long grace) {
        var meta = Meta.of(now);
        meta.put("deletionTimestamp", Meta.time(at.plusSeconds(grace)));
        meta.put("deletionGracePeriodSeconds", grace);
        if (Meta.generation(now) > 0) {
            meta.put("generation", Meta.generation(now) + 1);
        }
    }

    private static void shorten(ObjectNode now, long granted, long wanted) {
        var until = Instant.parse(Tree.text(now, "metadata", "deletionTimestamp"))
                .minus(Duration.ofSeconds(granted))
                .plusSeconds(wanted);
        Meta.of(now).put("deletionTimestamp", Meta.time(until)).put("deletionGracePeriodSeconds", wanted);
    }

    /**
     * Sets the finalizers that make the garbage collector act first; returns whether that changed anything (source:
     * k8s.io/apiserver pkg/registry/generic/registry/store.go, deletionFinalizersForGarbageCollection).
     */
    private static boolean finalizers(ServedResource resource, ObjectNode now, DeleteOptions options) {
        var before = Meta.finalizers(now);
        List<String> after = new ArrayList<>(before);
        var policy = options.propagation();
        boolean orphan;
        boolean foreground;
        if (policy.isPresent()) {
            orphan = policy.get() == Propagation.ORPHAN;
            foreground = policy.get() == Propagation.FOREGROUND;
        } else {
            orphan = before.contains(ORPHAN) || (resource.traits().orphansByDefault() && !before.contains(FOREGROUND));
            foreground = before.contains(FOREGROUND) && !orphan;
        }
        after.remove(ORPHAN);
        after.remove(FOREGROUND);
        if (orphan) {
            after.add(ORPHAN);
        }
        if (foreground) {
            after.add(FOREGROUND);
        }
        if (after.size() == before.size() && after.containsAll(before)) {
            return false;
        }
        Meta.finalizers(now, after);
        return true;
    }
}
