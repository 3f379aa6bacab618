package dev.navarch.apiserver.registry;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.registry.DeleteOptions.Propagation;
import dev.navarch.apiserver.registry.Traits.Dependents;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Delete and deletecollection. An object goes at once, unless it has a grace period, finalizers or dependents that are
 * to be waited for: then its deletion is written into it, and who removes the last obstacle removes the object (source:
 * k8s.io/apiserver pkg/registry/generic/registry/store.go, Delete; pkg/registry/rest/delete.go, BeforeDelete; kubernetes
 * pkg/registry/core/namespace/storage/storage.go).
 */
final class DeleteVerbs {
    private static final int MOST_TRIES = 100;
    private static final int MOST_WORKERS = 16;
    private static final int ENTRIES_A_WORKER = 8;
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
        var form = resource.negotiated(request);
        var info = request.info();
        var options = options(request);
        List<String> warnings = new ArrayList<>();
        var deleted = delete(request.user(), resource, info.namespace(), info.name(), options, warnings::add);
        var headers = WriteVerbs.warningHeaders(warnings);
        if (deleted.gone && !resource.traits().deletionAnswersObject()) {
            var status = Status.success(new Status.Details(
                    info.name(),
                    resource.group(),
                    resource.plural(),
                    Meta.uid(objects.tree(deleted.entry)),
                    List.of(),
                    0));
            return renderer.document(200, form, status.tree(), headers);
        }
        int code = !deleted.gone && options.waits() ? 202 : 200;
        return renderer.object(code, request, form, resource, deleted.entry, headers);
    }

    ApiResponse deleteCollection(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = resource.negotiated(request);
        var options = options(request);
        var which = ListOptions.of(request, false);
        var listed =
                reads.listed(resource, request.info().namespace(), which, reads.selection(request, resource, which));
        var entries = listed.entries().iterator();
        deleteAll(entries, Math.min(MOST_WORKERS, 1 + listed.entries().size() / ENTRIES_A_WORKER), entry -> {
            var tree = objects.trees().tree(entry);
            if (tree.isPresent()) {
                deleteListed(request, resource, tree.get(), options);
            }
        });
        return renderer.list(request, form, resource, listed);
    }

    private void deleteListed(ApiRequest request, ServedResource resource, ObjectNode object, DeleteOptions options)
            throws InterruptedException {
        try {
            delete(request.user(), resource, Meta.namespace(object), Meta.name(object), options);
        } catch (ApiFailure e) {
            if (e.code() != 404) {
                throw e;
            }
        }
    }

    private interface Deletion {
        void of(Entry entry) throws InterruptedException;
    }

    /** Several at a time, because each waits for its commit; after the first that fails no other is begun. */
    private static void deleteAll(Iterator<Entry> entries, int workers, Deletion deletion) throws InterruptedException {
        var failure = new AtomicReference<@Nullable RuntimeException>();
        Runnable work = () -> {
            try {
                for (var entry = next(entries); entry.isPresent() && failure.get() == null; entry = next(entries)) {
                    deletion.of(entry.get());
                }
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
            } catch (InterruptedException _) {
                failure.compareAndSet(null, ApiFailure.serviceUnavailable("the deletion was interrupted"));
            }
        };
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < workers; i++) {
            others.add(Thread.ofVirtual().name("deletecollection-", i).start(work));
        }
        work.run();
        for (var other : others) {
            other.join();
        }
        var first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    private static Optional<Entry> next(Iterator<Entry> entries) {
        synchronized (entries) {
            return entries.hasNext() ? Optional.of(entries.next()) : Optional.empty();
        }
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

    /** Deletes what admission was asked about in another way. */
    Deleted deleteAdmitted(ServedResource resource, String namespace, String name, DeleteOptions options) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var entry = objects.find(resource, namespace, name).orElseThrow(() -> resource.notFound(name));
            var old = objects.tree(entry);
            check(resource, name, old, options);
            var outcome = attempt(resource, entry, old, options);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw resource.modified(name);
    }

    Deleted delete(User user, ServedResource resource, String namespace, String name, DeleteOptions options)
            throws InterruptedException {
        return delete(user, resource, namespace, name, options, _ -> {});
    }

    private Deleted delete(
            User user,
            ServedResource resource,
            String namespace,
            String name,
            DeleteOptions options,
            Consumer<String> warnings)
            throws InterruptedException {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var entry = objects.find(resource, namespace, name).orElseThrow(() -> resource.notFound(name));
            var old = objects.tree(entry);
            check(resource, name, old, options);
            admit(user, resource, namespace, name, old, options, warnings);
            var outcome = attempt(resource, entry, old, options);
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw resource.modified(name);
    }

    static void check(ServedResource resource, String name, ObjectNode object, DeleteOptions options) {
        options.uid()
                .filter(uid -> !uid.equals(Meta.uid(object)))
                .ifPresent(uid -> mismatch(resource, name, "UID", uid, Meta.uid(object), "deleted and then recreated"));
        options.resourceVersion()
                .filter(version -> !version.equals(Meta.resourceVersion(object)))
                .ifPresent(version ->
                        mismatch(resource, name, "ResourceVersion", version, Meta.resourceVersion(object), "modified"));
    }

    /** Upstream names the kind where other conflicts name the resource, except of namespaces, which it does itself. */
    private static void mismatch(
            ServedResource resource, String name, String what, String wanted, String found, String explanation) {
        boolean namespace = resource.is("", "namespaces");
        throw ApiFailure.conflict(
                resource.group(),
                namespace ? resource.plural() : resource.type().kind(),
                name,
                namespace
                        ? "Precondition failed: " + what + " in precondition: " + wanted + ", " + what
                                + " in object meta: " + found
                        : "the " + what + " in the precondition (" + wanted + ") does not match the " + what
                                + " in record (" + found + "). The object might have been " + explanation);
    }

    private void admit(
            User user,
            ServedResource resource,
            String namespace,
            String name,
            ObjectNode old,
            DeleteOptions options,
            Consumer<String> warnings)
            throws InterruptedException {
        var asked = WriteVerbs.admission(
                Operation.DELETE,
                resource,
                "",
                namespace,
                name,
                Optional.empty(),
                Optional.of(old),
                user,
                options.dryRun(),
                warnings);
        admission.admit(asked);
        admission.validate(asked);
    }

    /** What a deletion does to an object. */
    private enum Step {
        /** It is on its way out already, and this deletion changes nothing. */
        NOTHING,
        /** The deletion is written into it; something else removes it. */
        MARK,
        /** Likewise, and then it is removed: watchers of pods see that they are deleted before they are gone. */
        MARK_AND_REMOVE,
        REMOVE
    }

    /** Empty if another write came first. */
    private Optional<Deleted> attempt(ServedResource resource, Entry entry, ObjectNode old, DeleteOptions options) {
        var now = old.deepCopy();
        var step = resource.is("", "namespaces") ? markNamespace(now, old) : mark(resource, now, old, options);
        if (step == Step.NOTHING) {
            return Optional.of(new Deleted(entry, false));
        }
        if (step == Step.REMOVE) {
            return options.dryRun() ? Optional.of(new Deleted(entry, true)) : remove(resource, entry, old);
        }
        var draft = objects.draft(resource, now);
        boolean removes = step == Step.MARK_AND_REMOVE;
        if (options.dryRun()) {
            return Optional.of(new Deleted(Objects.imagine(entry.key(), draft, entry.revision()), removes));
        }
        var marked = Objects.same(entry, draft) ? Optional.of(entry) : objects.update(entry, draft);
        if (!removes || marked.isEmpty()) {
            return marked.map(e -> new Deleted(e, false));
        }
        return remove(resource, marked.get(), now).or(() -> finish(resource, marked.get()));
    }

    /** Another write came between mark and removal; if the object is gone, that was it. */
    private Optional<Deleted> finish(ServedResource resource, Entry marked) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var entry = objects.store().get(marked.key());
            if (entry.isEmpty() || entry.get().createRevision() != marked.createRevision()) {
                return Optional.of(new Deleted(marked, true));
            }
            var removed = remove(resource, entry.get(), objects.tree(entry.get()));
            if (removed.isPresent()) {
                return removed;
            }
        }
        return Optional.empty();
    }

    /** Removes the object as it is. Empty if another write came first. */
    Optional<Deleted> remove(ServedResource resource, Entry entry, ObjectNode last) {
        var removed = objects.delete(entry);
        removed.ifPresent(_ -> resource.hook().deleted(last));
        return removed.map(e -> new Deleted(e, true));
    }

    /**
     * A namespace is emptied first, by its controller, which then removes the finalizer in its spec; so the first deletion
     * only marks it.
     */
    private Step markNamespace(ObjectNode now, ObjectNode old) {
        if (!Meta.deleting(old)) {
            Meta.of(now).put("deletionTimestamp", Meta.time(time.now()));
            Tree.childObject(now, "status").put("phase", "Terminating");
            return Step.MARK;
        }
        boolean waits = !Tree.strings(now, "spec", "finalizers").isEmpty()
                || !Meta.finalizers(now).isEmpty();
        return waits ? Step.NOTHING : Step.REMOVE;
    }

    /** Writes the deletion into the object. */
    private Step mark(ServedResource resource, ObjectNode now, ObjectNode old, DeleteOptions options) {
        var wanted = options.gracePeriodSeconds();
        if (!Meta.deleting(old)) {
            resource.hook().deleting(now);
        }
        var grace = resource.rules()
                .gracePeriodSeconds(old, wanted.map(OptionalLong::of).orElse(OptionalLong.empty()));
        boolean graceful = false;
        if (grace.isPresent()) {
            if (!Meta.deleting(old)) {
                begin(now, time.now(), grace.getAsLong());
                graceful = true;
            } else {
                long granted = Meta.deletionGrace(old).orElse(0L);
                if (granted > 0 && wanted.orElse(granted) >= granted) {
                    return Step.NOTHING;
                }
                graceful = granted > 0;
                if (graceful) {
                    shorten(now, granted, wanted.orElse(0L));
                }
            }
        }
        if (resource.traits().dependents() != Dependents.NONE) {
            finalizers(resource, now, options);
        }
        boolean held = !Meta.finalizers(now).isEmpty();
        if (graceful) {
            return held || Meta.deletionGrace(now).orElse(0L) > 0 ? Step.MARK : Step.MARK_AND_REMOVE;
        }
        if (held) {
            markAtOnce(now);
        }
        return held ? Step.MARK : Step.REMOVE;
    }

    private static void begin(ObjectNode now, Instant at, long grace) {
        var meta = Meta.of(now);
        meta.put("deletionTimestamp", Meta.time(at.plusSeconds(grace)));
        meta.put("deletionGracePeriodSeconds", grace);
        if (Meta.generation(now) > 0) {
            meta.put("generation", Meta.generation(now) + 1);
        }
    }

    /** Moves the end of the grace period, though not into the past: then a second is left, or nothing. */
    private void shorten(ObjectNode now, long granted, long wanted) {
        var present = time.now();
        var until = deletionTime(now).minus(Duration.ofSeconds(granted)).plusSeconds(wanted);
        boolean past = until.isBefore(present);
        Meta.of(now)
                .put("deletionTimestamp", Meta.time(past ? present : until))
                .put("deletionGracePeriodSeconds", past && wanted != 0 ? 1 : wanted);
    }

    private void markAtOnce(ObjectNode now) {
        var present = time.now();
        if (!Meta.deleting(now)) {
            begin(now, present, 0);
        } else if (deletionTime(now).isAfter(present)) {
            Meta.of(now).put("deletionTimestamp", Meta.time(present));
        }
        Meta.of(now).put("deletionGracePeriodSeconds", 0);
    }

    private static Instant deletionTime(ObjectNode object) {
        return Instant.parse(Tree.text(object, "metadata", "deletionTimestamp"));
    }

    /**
     * Sets the finalizers that make the garbage collector act first (source: k8s.io/apiserver
     * pkg/registry/generic/registry/store.go, deletionFinalizersForGarbageCollection).
     */
    private static void finalizers(ServedResource resource, ObjectNode now, DeleteOptions options) {
        var before = Meta.finalizers(now);
        List<String> after = new ArrayList<>(before);
        after.removeAll(List.of(ORPHAN, FOREGROUND));
        switch (propagation(resource, before, options)) {
            case ORPHAN -> after.add(ORPHAN);
            case FOREGROUND -> after.add(FOREGROUND);
            case BACKGROUND -> {}
        }
        if (!Set.copyOf(before).equals(Set.copyOf(after))) {
            Meta.finalizers(now, after);
        }
    }

    /** What the deletion asks for; else what the object's finalizers say; else what its kind does. */
    private static Propagation propagation(ServedResource resource, List<String> finalizers, DeleteOptions options) {
        return options.propagation().orElseGet(() -> {
            for (var finalizer : finalizers) {
                if (finalizer.equals(ORPHAN)) {
                    return Propagation.ORPHAN;
                }
                if (finalizer.equals(FOREGROUND)) {
                    return Propagation.FOREGROUND;
                }
            }
            return resource.traits().dependents() == Dependents.ORPHANED ? Propagation.ORPHAN : Propagation.BACKGROUND;
        });
    }
}
