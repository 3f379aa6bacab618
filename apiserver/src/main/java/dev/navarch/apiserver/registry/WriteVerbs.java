package dev.navarch.apiserver.registry;

import dev.navarch.api.BodyFormat;
import dev.navarch.api.FieldError;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionContext;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.NameSuffixes;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Forbidden;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.storage.Entry;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.TransformException;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Create, update and patch, of objects and of their parts (source: k8s.io/apiserver pkg/registry/generic/registry/store.go,
 * Create and Update; pkg/registry/rest/create.go and update.go; pkg/endpoints/handlers/create.go, update.go, patch.go).
 */
final class WriteVerbs {
    private static final Set<String> OF_OWN_KIND = Set.of("scale", "binding", "eviction");
    private static final int MOST_TRIES = 100;
    private static final int MOST_GENERATED_NAMES = 8;

    private final Objects objects;
    private final Renderer renderer;
    private final Bodies bodies;
    private final Patches patches;
    private final AdmissionChain admission;
    private final Authorizer authorizer;
    private final DeleteVerbs deletes;
    private final NameSuffixes suffixes;
    private final TimeSource time;
    private final RandomGenerator random;

    WriteVerbs(
            Objects objects,
            Renderer renderer,
            Bodies bodies,
            AdmissionChain admission,
            Authorizer authorizer,
            DeleteVerbs deletes,
            NameSuffixes suffixes,
            TimeSource time,
            RandomGenerator random) {
        this.objects = objects;
        this.renderer = renderer;
        this.bodies = bodies;
        this.patches = new Patches(bodies);
        this.admission = admission;
        this.authorizer = authorizer;
        this.deletes = deletes;
        this.suffixes = suffixes;
        this.time = time;
        this.random = random;
    }

    /** Makes an object's next state. Gets the stored one, which is shared; what it returns is changed further. */
    interface Change {
        ObjectNode next(ObjectNode old) throws InterruptedException;
    }

    /**
     * What one write is about.
     *
     * @param subresource for admission, which may be another than the part's
     * @param tracking whose the fields are that change
     * @param warnings takes what the client is to be told
     */
    record Target(
            ServedResource resource,
            String namespace,
            String name,
            Part part,
            String subresource,
            User user,
            boolean dryRun,
            Tracking tracking,
            Consumer<String> warnings) {

        /** Of the server itself, which nobody warns. */
        Target(
                ServedResource resource,
                String namespace,
                String name,
                Part part,
                String subresource,
                User user,
                boolean dryRun,
                Tracking tracking) {
            this(resource, namespace, name, part, subresource, user, dryRun, tracking, _ -> {});
        }

        /** Whether {@link PartAdmission} was asked, as where a subresource takes a kind of its own. */
        boolean isAdmitted() {
            return OF_OWN_KIND.contains(subresource);
        }

        /** The same for a change that sees to managed fields itself. */
        Target applied() {
            return new Target(resource, namespace, name, part, subresource, user, dryRun, Tracking.DONE, warnings);
        }
    }

    /**
     * @param created whether the object was not there before
     * @param warnings for who has written it
     */
    record Outcome(Entry entry, boolean created, List<String> warnings) {}

    ApiResponse create(ApiRequest request, ServedResource resource) throws InterruptedException {
        var form = resource.negotiated(request);
        var options = WriteOptions.of(request.query(), "CreateOptions");
        List<String> warnings = new ArrayList<>();
        var object = body(request, resource, options, warnings);
        OwnerReferences.dedup(object, warnings, false);
        var entry = create(
                new Target(
                        resource.stored(),
                        request.info().namespace(),
                        Meta.name(object),
                        Part.WHOLE,
                        "",
                        request.user(),
                        options.dryRun(),
                        resource.tracking(request, options, ""),
                        warnings::add),
                object);
        return renderer.object(201, request, form, resource, entry, warningHeaders(warnings));
    }

    /** The object that was sent, in the stored form. */
    private ObjectNode body(ApiRequest request, ServedResource resource, WriteOptions options, List<String> warnings) {
        var type = resource.type();
        if (resource.custom().isPresent() && Bodies.format(request) == BodyFormat.PROTOBUF) {
            throw ApiFailure.badRequest(type.kind() + " in version \"" + type.version() + "\" cannot be handled as a "
                    + type.kind() + ": " + Negotiated.NO_MESSAGE);
        }
        return resource.form().stored(bodies.read(request, type, options.fieldValidation(), warnings));
    }

    static Headers warningHeaders(List<String> warnings) {
        Headers headers = Headers.EMPTY;
        for (var warning : warnings) {
            headers = headers.with("Warning", warning(warning));
        }
        return headers;
    }

    /** The value of a header that warns (source: k8s.io/apimachinery pkg/util/net/http.go, NewWarningHeader). */
    static String warning(String text) {
        return "299 - " + GoText.quote(text);
    }

    /** Creates the object, which is changed on the way. */
    Entry create(Target target, ObjectNode object) throws InterruptedException {
        var resource = target.resource;
        namespace(target, object);
        if (!Meta.resourceVersion(object).isEmpty()) {
            throw new ApiFailure(new Status(
                    "Failure",
                    "resourceVersion should not be set on objects to be created",
                    "",
                    Optional.empty(),
                    500));
        }
        var given = Meta.name(object);
        var base = Tree.text(object, "metadata", "generateName");
        boolean generates = given.isEmpty() && !base.isEmpty();
        var rules = resource.rules();
        rules.defaults(object);
        target.tracking.track(Tree.object(), object);
        var asked = admission(
                Operation.CREATE,
                resource,
                "",
                target.namespace,
                given,
                Optional.of(object),
                Optional.empty(),
                target.user,
                target.dryRun,
                target.warnings);
        admission.admit(asked);
        namespace(target, object);
        rules.defaults(object);
        systemFields(object);
        var reservation = resource.hook().creating(object);
        boolean done = false;
        boolean unknown = false;
        try {
            for (int tries = 1; ; tries++) {
                if (generates) {
                    Meta.of(object).put("name", suffixes.generate(base));
                }
                rules.prepareForCreate(object);
                refuseIf(rules.validate(object), resource, Meta.name(object));
                if (tries == 1) {
                    resource.warnings().onCreate(object).forEach(target.warnings);
                }
                admission.validate(asked);
                var created = store(target, object);
                if (created.isPresent()) {
                    done = !target.dryRun;
                    return created.get();
                }
                if (!generates || tries == MOST_GENERATED_NAMES) {
                    throw exists(target, Meta.name(object), !base.isEmpty());
                }
            }
        } catch (StoreException e) {
            unknown = !(e instanceof TransformException);
            throw e;
        } finally {
            if (done) {
                reservation.commit();
            } else if (!unknown) {
                reservation.rollBack();
            }
        }
    }

    /**
     * The last step of creating an object of the server's own that is valid. Tells whether there was none.
     */
    Callable<Boolean> provided(ServedResource resource, String manager, ObjectNode given) {
        var object = given.deepCopy();
        resource.rules().defaults(object);
        resource.ownTracking(manager, "").track(Tree.object(), object);
        systemFields(object);
        resource.rules().prepareForCreate(object);
        var key = resource.key(Meta.namespace(object), Meta.name(object));
        var draft = objects.draft(resource, object);
        return () -> objects.create(key, draft).isPresent();
    }

    /** Empty if the name is taken. */
    private Optional<Entry> store(Target target, ObjectNode object) {
        var key = target.resource.key(target.namespace, Meta.name(object));
        var draft = objects.draft(target.resource, object);
        if (!target.dryRun) {
            return objects.create(key, draft);
        }
        return objects.store().get(key).isPresent()
                ? Optional.empty()
                : Optional.of(Objects.imagine(key, draft, objects.store().revision()));
    }

    /** Upstream takes the name for a generated one whenever there is a base, whoever chose it. */
    private ApiFailure exists(Target target, String name, boolean generated) {
        var resource = target.resource;
        var there = objects.find(resource, target.namespace, name).flatMap(objects.trees()::tree);
        var failure = generated
                ? ApiFailure.generateNameConflict(resource.group(), resource.plural(), name, 1)
                : resource.alreadyExists(name);
        if (there.filter(Meta::deleting).isEmpty()) {
            return failure;
        }
        var status = failure.status();
        return new ApiFailure(new Status(
                status.status(),
                "object is being deleted: " + status.message(),
                status.reason(),
                status.details(),
                status.code()));
    }

    private static void namespace(Target target, ObjectNode object) {
        var meta = Meta.of(object);
        if (!target.resource.type().namespaced()) {
            meta.remove("namespace");
        } else if (Meta.namespace(object).isEmpty()) {
            meta.put("namespace", target.namespace);
        } else if (!Meta.namespace(object).equals(target.namespace)) {
            throw ApiFailure.badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    private void systemFields(ObjectNode object) {
        var meta = Meta.of(object);
        meta.remove(List.of("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"));
        meta.put("uid", uid(random));
        meta.put("creationTimestamp", Meta.time(time.now()));
    }

    /** A random UUID (version 4). */
    static String uid(RandomGenerator random) {
        long high;
        long low;
        synchronized (random) {
            high = random.nextLong();
            low = random.nextLong();
        }
        return new UUID(high & ~0xf000L | 0x4000L, low & ~(3L << 62) | 1L << 63).toString();
    }

    private static void refuseIf(List<FieldError> errors, ServedResource resource, String name) {
        if (!errors.isEmpty()) {
            throw resource.invalid(name, errors);
        }
    }

    ApiResponse update(ApiRequest request, ServedResource resource, Part part) throws InterruptedException {
        var form = resource.negotiated(request);
        var options = WriteOptions.of(request.query(), "UpdateOptions");
        List<String> warnings = new ArrayList<>();
        var object = body(request, resource, options, warnings);
        OwnerReferences.dedup(object, warnings, false);
        var target = target(request, resource, part, options, warnings::add);
        var uid = Meta.uid(object);
        var outcome = change(target, true, old -> {
            checkIdentity(target, uid, old);
            return object.deepCopy();
        });
        return answer(request, form, resource, outcome, warnings);
    }

    ApiResponse patch(ApiRequest request, ServedResource resource, Part part) throws InterruptedException {
        var form = resource.negotiated(request);
        var options = WriteOptions.ofPatch(request.query(), patches.applies(request));
        List<String> warnings = new ArrayList<>();
        if (patches.applies(request)) {
            return apply(request, resource, part, options);
        }
        var patch = patches.read(request, resource, resource.type().schema());
        var outcome = change(target(request, resource, part, options, warnings::add), false, old -> {
            warnings.clear();
            var patched = patch.apply(resource.form().served(old), options.fieldValidation(), warnings);
            OwnerReferences.dedup(patched, warnings, true);
            return resource.form().stored(patched);
        });
        return answer(request, form, resource, outcome, warnings);
    }

    /** Server-side apply (source: .../patch.go, applyPatcher). */
    private ApiResponse apply(ApiRequest request, ServedResource resource, Part part, WriteOptions options)
            throws InterruptedException {
        var form = resource.negotiated(request);
        List<String> warnings = new ArrayList<>();
        var config = patches.readConfig(request, options.fieldValidation(), warnings);
        var by = resource.writer(request, options, part.subresource());
        var outcome =
                change(target(request, resource, part, options, warnings::add).applied(), true, old -> {
                    var live = resource.form().served(old);
                    var next = resource.fields().apply(live, config.tree(), by, options.force());
                    config.report();
                    return resource.form()
                            .stored(patches.conforming(next, resource.type().schema()));
                });
        return answer(request, form, resource, outcome, warnings);
    }

    Patches patches() {
        return patches;
    }

    static Target target(
            ApiRequest request, ServedResource resource, Part part, WriteOptions options, Consumer<String> warnings) {
        var info = request.info();
        return new Target(
                resource.stored(),
                info.namespace(),
                info.name(),
                part,
                part.subresource(),
                request.user(),
                options.dryRun(),
                resource.tracking(request, options, part.subresource()),
                warnings);
    }

    private ApiResponse answer(
            ApiRequest request, Negotiated form, ServedResource resource, Outcome outcome, List<String> warnings) {
        warnings.addAll(outcome.warnings);
        return renderer.object(
                outcome.created ? 201 : 200, request, form, resource, outcome.entry, warningHeaders(warnings));
    }

    /**
     * Brings an object from its stored state to the next; again if another write comes in between, unless the next
     * state names the version it was made of.
     *
     * @param mayCreate whether an absent object may be created, where its kind allows that
     */
    Outcome change(Target target, boolean mayCreate, Change change) throws InterruptedException {
        var resource = target.resource;
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            var found = objects.find(resource, target.namespace, target.name);
            if (found.isEmpty()) {
                boolean applies = target.tracking == Tracking.DONE;
                if (mayCreate
                        && target.part == Part.WHOLE
                        && (applies || resource.rules().createsOnUpdate())) {
                    var object = change.next(Tree.object());
                    checkName(target, object);
                    if (applies && !Meta.uid(object).isEmpty()) {
                        throw ApiFailure.conflict(
                                resource.group(),
                                resource.plural(),
                                target.name,
                                "uid mismatch: the provided object specified uid " + Meta.uid(object)
                                        + ", and no existing object was found");
                    }
                    Meta.of(object).remove("resourceVersion");
                    authorizeCreation(target);
                    return new Outcome(create(target, object), true, List.of());
                }
                throw resource.notFound(target.name);
            }
            var entry = found.get();
            var old = objects.tree(entry);
            var now = change.next(old);
            checkName(target, now);
            checkVersion(target, entry, now);
            var outcome = attempt(target, entry, now, old);
            if (outcome.isPresent()) {
                var warnings = target.part == Part.WHOLE ? resource.warnings().onUpdate(now, old) : List.<String>of();
                return new Outcome(outcome.get(), false, warnings);
            }
        }
        throw resource.modified(target.name);
    }

    /** Who may update or patch, may not thereby create (source: pkg/endpoints/handlers/update.go, withAuthorization). */
    private void authorizeCreation(Target target) {
        var type = target.resource.type();
        var creation = new RequestInfo(
                true,
                "create",
                type.group(),
                type.version(),
                type.plural(),
                target.subresource,
                target.namespace,
                target.name,
                "");
        var decision = authorizer.authorize(target.user, creation);
        if (!decision.allowed()) {
            throw Forbidden.failure(target.user, creation, decision.reason());
        }
    }

    private static void checkName(Target target, ObjectNode now) {
        namespace(target, now);
        var name = Meta.name(now);
        if (!name.equals(target.name)) {
            throw ApiFailure.badRequest(
                    name.isEmpty()
                            ? "the name of the object (" + target.name
                                    + " based on URL) was undeterminable: name must be provided"
                            : "the name of the object (" + name + ") does not match the name on the URL (" + target.name
                                    + ")");
        }
    }

    /** That an update is for this very object; in the words of the store (source: k8s.io/apiserver pkg/storage). */
    private static void checkIdentity(Target target, String uid, ObjectNode old) {
        if (!uid.isEmpty() && !uid.equals(Meta.uid(old))) {
            var resource = target.resource;
            throw ApiFailure.conflict(
                    resource.group(),
                    resource.plural(),
                    target.name,
                    "StorageError: invalid object, Code: 4, Key: " + resource.key(target.namespace, target.name)
                            + ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: "
                            + uid + ", UID in object meta: " + Meta.uid(old));
        }
    }

    private static void checkVersion(Target target, Entry entry, ObjectNode now) {
        var resource = target.resource;
        var text = Meta.resourceVersion(now);
        long version = ListOptions.version(
                text,
                _ -> new ApiFailure(new Status(
                        "Failure",
                        "strconv.ParseUint: parsing " + GoText.quote(text) + ": invalid syntax",
                        "",
                        Optional.empty(),
                        500)));
        if (version > 0) {
            if (version != entry.revision()) {
                throw resource.modified(target.name);
            }
        } else if (!resource.rules().allowsUnconditionalUpdate()) {
            throw ServedResource.invalid(
                    resource.group(),
                    resource.plural(),
                    target.name,
                    List.of(FieldError.invalid("metadata.resourceVersion", 0, "must be specified for an update")));
        }
    }

    /** Empty if another write came first. */
    private Optional<Entry> attempt(Target target, Entry entry, ObjectNode now, ObjectNode old)
            throws InterruptedException {
        var resource = target.resource;
        resource.rules().defaults(now);
        keepMetadata(now, old);
        target.tracking.track(old, now);
        var asked = admission(
                Operation.UPDATE,
                resource,
                target.subresource,
                target.namespace,
                target.name,
                Optional.of(now),
                Optional.of(old),
                target.user,
                target.dryRun,
                target.warnings);
        if (!target.isAdmitted()) {
            admission.admit(asked);
        }
        var reservation = target.part == Part.WHOLE ? resource.hook().updating(now, old) : KindHook.Reservation.NONE;
        boolean done = false;
        boolean unknown = false;
        try {
            var managedFields = Tree.at(now, "metadata", "managedFields");
            target.part.prepare(resource, now, old);
            keepMetadata(now, old);
            keepManagedFields(resource, managedFields, now, old);
            refuseIf(target.part.validate(resource, now, old), resource, target.name);
            if (!target.isAdmitted()) {
                admission.validate(asked);
            }
            var draft = objects.draft(resource, now);
            if (completesDeletion(resource, now) && !target.dryRun) {
                // the writer sees what it wrote, though it never came to be stored
                return deletes.remove(resource, entry, old)
                        .map(_ -> Objects.imagine(entry.key(), draft, entry.revision()));
            }
            if (Objects.same(entry, draft) && (target.dryRun || !objects.store().stale(entry))) {
                return Optional.of(entry);
            }
            if (target.dryRun) {
                return Optional.of(Objects.imagine(entry.key(), draft, entry.revision()));
            }
            var updated = objects.update(entry, draft);
            done = updated.isPresent();
            return updated;
        } catch (StoreException e) {
            unknown = !(e instanceof TransformException);
            throw e;
        } finally {
            if (done) {
                reservation.commit();
            } else if (!unknown) {
                reservation.rollBack();
            }
        }
    }

    /** What an update can't change, whatever it says (source: pkg/registry/rest/update.go, BeforeUpdate). */
    private static void keepMetadata(ObjectNode now, ObjectNode old) {
        var meta = Meta.of(now);
        meta.remove("selfLink");
        keep(meta, old, "creationTimestamp");
        if (Meta.uid(now).isEmpty()) {
            keep(meta, old, "uid");
        }
        if (Meta.deleting(old)) {
            keep(meta, old, "deletionTimestamp");
        }
        if (Meta.deletionGrace(now).isEmpty()) {
            keep(meta, old, "deletionGracePeriodSeconds");
        }
    }

    /** Whatever part is written, its fields' managers are kept; but nothing is written for the sake of times alone. */
    private static void keepManagedFields(ServedResource resource, JsonNode are, ObjectNode now, ObjectNode old) {
        if (are.isMissingNode()) {
            Meta.of(now).remove("managedFields");
            return;
        }
        Meta.of(now).set("managedFields", are);
        resource.fields().keepTimesOfNoChange(old, now);
    }

    private static void keep(ObjectNode meta, ObjectNode old, String field) {
        var before = Tree.at(old, "metadata", field);
        if (before.isMissingNode()) {
            meta.remove(field);
        } else {
            meta.set(field, before);
        }
    }

    /** Whether the last thing that kept a deleted object is gone. */
    private static boolean completesDeletion(ServedResource resource, ObjectNode now) {
        boolean emptied = !resource.is("", "namespaces")
                || Tree.strings(now, "spec", "finalizers").isEmpty();
        return Meta.deleting(now)
                && Meta.finalizers(now).isEmpty()
                && Meta.deletionGrace(now).orElse(0L) == 0
                && emptied;
    }

    static AdmissionRequest admission(
            Operation operation,
            ServedResource resource,
            String subresource,
            String namespace,
            String name,
            Optional<ObjectNode> object,
            Optional<ObjectNode> old,
            User user,
            boolean dryRun,
            Consumer<String> warnings) {
        var type = resource.type();
        return new AdmissionRequest(
                operation,
                type.group(),
                type.version(),
                type.plural(),
                type.kind(),
                subresource,
                type.namespaced(),
                namespace,
                name,
                object,
                old,
                user,
                dryRun,
                resource.admitted(),
                new AdmissionContext(warnings, () -> options(operation, dryRun)));
    }

    static ObjectNode options(Operation operation, boolean dryRun) {
        var kind = switch (operation) {
            case CREATE -> "CreateOptions";
            case UPDATE -> "UpdateOptions";
            case DELETE -> "DeleteOptions";
            case CONNECT -> throw new IllegalStateException("connections are no writes");
        };
        var options = Tree.object().put("kind", kind).put("apiVersion", "meta.k8s.io/v1");
        if (dryRun) {
            options.putArray("dryRun").add("All");
        }
        return options;
    }
}
