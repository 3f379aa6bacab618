package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.fields.Managed.Entry;
import dev.navarch.apiserver.fields.Shape.Struct;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps {@code metadata.managedFields} of one kind at one version, and merges what is applied. Safe for use by many
 * threads (source: apimachinery pkg/util/managedfields/internal, whose chain of managers this is; structured-merge-diff
 * merge/update.go).
 */
public final class FieldManager {
    /** Whose fields are those that an object had before anybody applied to it. */
    private static final String BEFORE_FIRST_APPLY = "before-first-apply";

    private static final String FIELDS = "managedFields";

    /** What is the server's, and so has no manager (source: .../stripmeta.go). */
    private static final FieldSet NOBODYS = FieldSet.of(
            PathElement.path("apiVersion"),
            PathElement.path("kind"),
            PathElement.path("metadata"),
            PathElement.path("metadata", "name"),
            PathElement.path("metadata", "namespace"),
            PathElement.path("metadata", "creationTimestamp"),
            PathElement.path("metadata", "selfLink"),
            PathElement.path("metadata", "uid"),
            PathElement.path("metadata", "clusterName"),
            PathElement.path("metadata", "generation"),
            PathElement.path("metadata", "managedFields"),
            PathElement.path("metadata", "resourceVersion"));

    private final String apiVersion;
    private final String kind;
    private final Versions versions;
    private final FieldsTexts texts;
    private final SecondsClock clock;
    private final Map<String, Struct> shapes = new ConcurrentHashMap<>();
    private volatile @Nullable Struct shape;

    /** What all managers of one server share. */
    public static final class Shared {
        private final FieldsTexts texts = new FieldsTexts();
        private final SecondsClock clock;

        public Shared(TimeSource time) {
            clock = new SecondsClock(time);
        }

        FieldsTexts texts() {
            return texts;
        }
    }

    /** @param apiVersion one of the versions */
    public FieldManager(String apiVersion, String kind, Versions versions, Shared shared) {
        this.apiVersion = requireNonNull(apiVersion);
        this.kind = requireNonNull(kind);
        this.versions = requireNonNull(versions);
        this.texts = shared.texts;
        this.clock = shared.clock;
        if (!versions.all().contains(apiVersion)) {
            throw new IllegalArgumentException(kind + " is not served at " + apiVersion);
        }
    }

    /** The version whose fields are managed: the one that clients see. */
    public String apiVersion() {
        return apiVersion;
    }

    public Versions versions() {
        return versions;
    }

    private Optional<Struct> shape(String version) {
        var known = shapes.get(version);
        if (known != null) {
            return Optional.of(known);
        }
        var linked = versions.schema(version).map(Struct::of);
        linked.ifPresent(s -> shapes.putIfAbsent(version, s));
        return linked.map(_ -> shapes.get(version));
    }

    /**
     * Sets the managed fields of an object's next state after any write but an apply. A write that cannot be tracked
     * leaves them as they were: nothing of this makes a write fail.
     *
     * @param live in the stored version; not changed; an object without uid, such as an empty one, if there was none
     * @param now in the stored version, with its defaults, but without what admission will change
     */
    public void update(ObjectNode live, ObjectNode now, FieldWriter by) {
        var given = Meta.of(now).remove(FIELDS);
        var were = Tree.at(live, "metadata", FIELDS);
        try {
            var managed = by.subresource().isEmpty() ? given(given) : null;
            if (managed == null) {
                var change = change(live, now, by);
                if (change.compared.isEmpty()) {
                    set(now, were);
                } else {
                    set(now, track(read(were), change));
                }
            } else {
                set(now, track(managed, change(live, now, by)));
            }
        } catch (FieldsException _) {
            set(now, were);
        }
    }

    private static void set(ObjectNode object, JsonNode managedFields) {
        if (managedFields instanceof ArrayNode && !managedFields.isEmpty()) {
            Meta.of(object).set(FIELDS, managedFields);
        } else {
            Meta.of(object).remove(FIELDS);
        }
    }

    /** What the client itself says of managed fields; null if that is nothing, or nonsense. */
    private @Nullable Managed given(@Nullable JsonNode given) {
        if (!(given instanceof ArrayNode list)) {
            return null;
        }
        if (list.isEmpty() || list.size() == 1 && list.get(0).isEmpty()) {
            return new Managed(); // a reset
        }
        try {
            var managed = Managed.read(list, texts);
            managed.readSets();
            return managed;
        } catch (FieldsException _) {
            return null;
        }
    }

    /** What was written before; nothing if it cannot be read. */
    private Managed read(JsonNode list) {
        try {
            return Managed.read(list, texts);
        } catch (FieldsException _) {
            return new Managed();
        }
    }

    /**
     * What a write does.
     *
     * @param live at this version
     * @param now at this version
     * @param stored whether both are taken as they would be stored
     */
    private record Change(ObjectNode live, ObjectNode now, Comparison compared, FieldWriter by, boolean stored) {}

    private Change change(ObjectNode live, ObjectNode now, FieldWriter by) {
        var liveHere = here(live);
        var nowHere = here(now);
        return new Change(liveHere, nowHere, Comparison.of(liveHere, nowHere, shape(), true), by, true);
    }

    private ObjectNode here(ObjectNode stored) {
        return versions.stored().equals(apiVersion) || stored.isEmpty()
                ? stored
                : versions.convert(stored, versions.stored(), apiVersion);
    }

    private ArrayNode track(Managed managed, Change change) {
        boolean created = Meta.uid(change.live).isEmpty();
        if (managed.isEmpty() && !created) {
            return Tree.array(); // nobody has applied to it since it was reset: not tracked
        }
        var ownership = ownership(reconciled(managed), change);
        ownership.takeAll();
        own(managed, change.compared.filtered(change.by.writable()).written().difference(NOBODYS), change.by);
        CappedManagers.cap(managed);
        return managed.write(texts);
    }

    private Ownership ownership(Managed managed, Change change) {
        return new Ownership(
                managed,
                version -> (version.equals(apiVersion) ? Optional.of(change.compared) : compared(change, version))
                        .map(c -> c.filtered(change.by.writable())));
    }

    private Optional<Comparison> compared(Change change, String version) {
        return shape(version)
                .map(s -> Comparison.of(
                        versions.convert(change.live, apiVersion, version),
                        versions.convert(change.now, apiVersion, version),
                        s,
                        change.stored));
    }

    private void own(Managed managed, FieldSet fields, FieldWriter by) {
        if (fields.isEmpty()) {
            return;
        }
        var id = ManagerId.updater(by.manager(), apiVersion, by.subresource());
        var before = managed.get(id);
        var all = before == null
                ? new Fields(fields)
                : before.fields().with(before.fields().set().union(fields));
        managed.put(new Entry(id, apiVersion, all, now()));
    }

    /** With the schemas as they are now. */
    private Managed reconciled(Managed managed) {
        for (var entry : managed.all()) {
            shape(entry.apiVersion())
                    .ifPresent(s -> managed.put(entry.with(entry.fields().reconciled(s))));
        }
        return managed;
    }

    /**
     * Where a write has changed nothing but the times of managed fields, the times stay as they were, so that there is
     * nothing to store (source: k8s.io/apiserver pkg/endpoints/handlers/fieldmanager/equality.go).
     */
    public void keepTimesOfNoChange(ObjectNode live, ObjectNode now) {
        var were = Tree.at(live, "metadata", FIELDS);
        var are = Tree.at(now, "metadata", FIELDS);
        if (were == are || are.isEmpty() || were.size() != are.size()) {
            return;
        }
        try {
            if (Managed.read(are, texts).sameButTimes(were, texts)
                    && Comparison.of(live, now, shape(), true).isEmpty()) {
                set(now, were);
            }
        } catch (FieldsException _) {
            // lists that cannot be compared: the write counts as a change
        }
    }

    /**
     * Merges what is applied into an object, and sets the managed fields.
     *
     * @param live at this manager's version; not changed; an empty object if there was none
     * @param config what is applied, as it was sent; not changed
     * @param force whether fields are taken from other managers
     * @return the next state at this version, without defaults and perhaps with nulls; shares parts with both
     * @throws ApiFailure if fields are others' or the config does not fit
     */
    public ObjectNode apply(ObjectNode live, ObjectNode config, FieldWriter by, boolean force) {
        var applied = new Applier(this, live, config, by).apply(force);
        var next = Tree.object();
        next.setAll(applied.object());
        var meta = next.putObject("metadata");
        if (applied.object().get("metadata") instanceof ObjectNode there) {
            meta.setAll(there);
        }
        set(next, applied.managed().write(texts));
        return next;
    }

    /** A path that is the same at all versions. */
    public Map<String, List<PathElement>> everywhere(List<PathElement> path) {
        return versions.all().stream().collect(Collectors.toMap(v -> v, _ -> path));
    }

    /** The managers of an object that is applied to. */
    Managed forApply(ObjectNode live, FieldWriter by) {
        Managed managed;
        try {
            managed = Managed.read(Tree.at(live, "metadata", FIELDS), texts);
            managed.readSets();
        } catch (FieldsException e) {
            throw failure("failed to decode managed fields: " + e.getMessage());
        }
        if (managed.isEmpty()) {
            var everything = Comparison.of(Tree.object(), live, shape(), true).filtered(by.writable());
            own(
                    managed,
                    everything.written().difference(NOBODYS),
                    new FieldWriter(BEFORE_FIRST_APPLY, by.subresource(), by.writable()));
        }
        return reconciled(managed);
    }

    static ApiFailure failure(String message) {
        return new ApiFailure(new Status("Failure", message, "", Optional.empty(), 500));
    }

    /** How upstream names an object in such failures. */
    String describe(ObjectNode object) {
        return Meta.namespace(object) + "/" + Meta.name(object) + "; " + groupVersionKind(object);
    }

    static String groupVersionKind(ObjectNode object) {
        var version = Tree.text(object, "apiVersion");
        return (version.contains("/") || version.isEmpty() ? version : "/" + version) + ", Kind="
                + Tree.text(object, "kind");
    }

    String kind() {
        return kind;
    }

    /** Made when first asked for: of most custom resources it never is. */
    Struct shape() {
        var known = shape;
        if (known == null) {
            known = shape(apiVersion).orElseThrow();
            shape = known;
        }
        return known;
    }

    /** The object at a version; empty if that is not served. */
    Optional<Versioned> at(Versioned object, String version) {
        if (object.apiVersion.equals(version)) {
            return Optional.of(object);
        }
        return shape(version)
                .map(s -> new Versioned(versions.convert(object.tree, object.apiVersion, version), version, s));
    }

    Versioned versioned(ObjectNode tree) {
        return new Versioned(tree, apiVersion, shape());
    }

    /** An object at a version. */
    record Versioned(ObjectNode tree, String apiVersion, Struct shape) {
        FieldSet declared() {
            return Declared.by(tree, shape);
        }

        Versioned without(FieldSet fields) {
            return new Versioned(Remover.remove(tree, fields, shape), apiVersion, shape);
        }

        FieldSet named(FieldSet fields) {
            return SetRules.withNamedFields(fields, shape);
        }
    }

    /** Who owns what after an apply. */
    Ownership ownership(Managed managed, ObjectNode live, ObjectNode now, FieldWriter by) {
        return ownership(managed, new Change(live, now, Comparison.of(live, now, shape(), false), by, false));
    }

    FieldSet tracked(FieldSet fields) {
        return fields.difference(NOBODYS);
    }

    /** The time as managed fields have it. */
    String now() {
        return clock.text();
    }
}
