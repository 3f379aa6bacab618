package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.custom.CustomVersion;
import dev.navarch.api.custom.JsonPath;
import dev.navarch.api.kinds.EmbeddedObjects;
import dev.navarch.api.kinds.KindRules;
import dev.navarch.api.structural.Defaulting;
import dev.navarch.api.structural.ListTypes;
import dev.navarch.api.structural.Structural;
import dev.navarch.api.structural.StructuralValidator;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.cel.rules.SchemaRules;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of a custom resource: what the schema of the version says that a client asks in, and for metadata what holds for
 * every object. Objects are in the stored version (source: k8s.io/apiextensions-apiserver
 * pkg/registry/customresource/strategy.go, status_strategy.go and validator.go).
 */
public final class CustomRules implements KindRules {
    private static final Set<String> OUTSIDE = Set.of("metadata", "status", "apiVersion", "kind");

    private final CustomVersion stored;
    private final CustomVersion version;
    private final UnaryOperator<ObjectNode> asked;
    private final KindRules base;
    private volatile @Nullable SoftReference<Compiled> compiled;

    /** Rules that were compiled for one schema. */
    private record Compiled(Structural schema, Optional<SchemaRules> rules) {}

    /**
     * @param version which clients ask in
     * @param asked brings a stored object, which it leaves as it is, to that version
     * @param base the rules that hold for every object
     */
    public CustomRules(CustomVersion stored, CustomVersion version, UnaryOperator<ObjectNode> asked, KindRules base) {
        this.stored = stored;
        this.version = version;
        this.asked = asked;
        this.base = base;
    }

    private Optional<SchemaRules> rules(Structural schema) {
        var reference = compiled;
        var known = reference == null ? null : reference.get();
        if (known == null || known.schema != schema) {
            known = new Compiled(schema, SchemaRules.of(schema));
            compiled = new SoftReference<>(known);
        }
        return known.rules;
    }

    @Override
    public void defaults(ObjectNode object) {
        Defaulting.apply(object, stored.structural());
    }

    @Override
    public List<FieldError> validate(ObjectNode object) {
        var errors = new ArrayList<>(base.validate(object));
        errors.addAll(check(asked.apply(object), null));
        return errors;
    }

    @Override
    public List<FieldError> validateUpdate(ObjectNode now, ObjectNode old) {
        var errors = new ArrayList<>(base.validateUpdate(now, old));
        errors.addAll(check(asked.apply(now), asked.apply(old)));
        return errors;
    }

    @Override
    public List<FieldError> validateStatusUpdate(ObjectNode now, ObjectNode old) {
        var errors = new ArrayList<>(base.validateStatusUpdate(now, old));
        errors.addAll(check(asked.apply(now), asked.apply(old)));
        return errors;
    }

    private List<FieldError> check(ObjectNode now, @Nullable ObjectNode old) {
        var schema = version.structural();
        List<FieldError> errors = new ArrayList<>(StructuralValidator.validate(now, schema));
        errors.addAll(EmbeddedObjects.check(now, schema));
        if (old != null && !errors.isEmpty()) {
            errors = new ArrayList<>(Ratchet.changed(errors, now, old, schema));
        }
        var twice = ListTypes.check(now, schema, null);
        if (!twice.isEmpty()
                && (old == null || ListTypes.check(old, schema, null).isEmpty())) {
            errors.addAll(twice);
        }
        if (!errors.isEmpty()) {
            return errors; // of values of wrong types expressions would only fail
        }
        return rules(schema).map(rules -> rules.validate(now, old, _ -> {})).orElse(List.of());
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        if (version.status()) {
            object.remove("status");
        }
        Meta.of(object).put("generation", 1);
    }

    @Override
    public void prepareForUpdate(ObjectNode now, ObjectNode old) {
        if (version.status()) {
            keep(now, old, "status");
        }
        boolean changed = version.status() ? !sameBut(now, old, OUTSIDE) : !sameBut(now, old, Set.of("metadata"));
        Meta.of(now).put("generation", Meta.generation(old) + (changed ? 1 : 0));
    }

    @Override
    public void prepareForStatusUpdate(ObjectNode now, ObjectNode old) {
        var status = now.get("status");
        var managedFields = Meta.of(now).get("managedFields");
        var resourceVersion = Meta.resourceVersion(now);
        now.removeAll();
        now.setAll(old.deepCopy());
        if (status == null) {
            now.remove("status");
        } else {
            now.set("status", status);
        }
        var meta = Meta.of(now);
        meta.put("resourceVersion", resourceVersion);
        if (managedFields == null) {
            meta.remove("managedFields");
        } else {
            meta.set("managedFields", managedFields);
        }
    }

    private static void keep(ObjectNode now, ObjectNode old, String field) {
        var before = old.get(field);
        if (before == null) {
            now.remove(field);
        } else {
            now.set(field, before.deepCopy());
        }
    }

    private static boolean sameBut(ObjectNode now, ObjectNode old, Set<String> fields) {
        return without(now, fields).equals(without(old, fields));
    }

    private static Map<String, JsonNode> without(ObjectNode object, Set<String> fields) {
        Map<String, JsonNode> rest = new HashMap<>();
        object.properties().forEach(f -> {
            if (!fields.contains(f.getKey())) {
                rest.put(f.getKey(), f.getValue());
            }
        });
        return rest;
    }

    @Override
    public Map<String, Function<ObjectNode, String>> selectableFields() {
        return selectableFields(stored, base);
    }

    /** What objects of a version can be selected by, in that version's form. */
    public static Map<String, Function<ObjectNode, String>> selectableFields(CustomVersion version, KindRules base) {
        Map<String, Function<ObjectNode, String>> fields = new HashMap<>(base.selectableFields());
        for (var declared : version.selectableFields()) {
            JsonPath.parse(declared)
                    .ifPresent(path -> fields.put(
                            declared.startsWith(".") ? declared.substring(1) : declared, object -> text(path, object)));
        }
        return fields;
    }

    private static String text(JsonPath path, ObjectNode object) {
        var found = path.find(object);
        return found.isEmpty() ? "" : found.getFirst().asString("");
    }

    @Override
    public OptionalLong gracePeriodSeconds(ObjectNode object, OptionalLong requested) {
        return OptionalLong.empty();
    }

    @Override
    public boolean createsOnUpdate() {
        return false;
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }
}
