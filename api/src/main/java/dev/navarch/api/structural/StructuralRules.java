package dev.navarch.api.structural;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Whether a schema is structural: every value's type stands outside of junctors, and what stands below junctors only
 * restricts (source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/validation.go and complete.go). The same
 * complaints refuse a definition and explain the condition {@code NonStructuralSchema}.
 */
public final class StructuralRules {
    private static final List<String> JUNCTORS = List.of("allOf", "anyOf", "oneOf");
    /** What a clause must not say, and with which words it is refused. */
    private static final Map<String, String> ONLY_OUTSIDE = Map.ofEntries(
            Map.entry("type", "must be empty to be structural"),
            Map.entry("additionalProperties", "must be undefined to be structural"),
            Map.entry("default", "must be undefined to be structural"),
            Map.entry("title", "must be empty to be structural"),
            Map.entry("description", "must be empty to be structural"),
            Map.entry("nullable", "must be false to be structural"),
            Map.entry("externalDocs", "must be undefined to be structural"),
            Map.entry("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
            Map.entry("x-kubernetes-embedded-resource", "must be false to be structural"),
            Map.entry("x-kubernetes-int-or-string", "must be false to be structural"),
            Map.entry("x-kubernetes-list-map-keys", "must be empty to be structural"),
            Map.entry("x-kubernetes-list-type", "must be undefined to be structural"),
            Map.entry("x-kubernetes-map-type", "must be undefined to be structural"),
            Map.entry("x-kubernetes-validations", "must be empty to be structural"));

    private enum Level {
        ROOT("must not be empty at the root"),
        ITEM("must not be empty for specified array items"),
        FIELD("must not be empty for specified object fields");

        final String withoutType;

        Level(String withoutType) {
            this.withoutType = withoutType;
        }
    }

    private final List<FieldError> errors = new ArrayList<>();

    private StructuralRules() {}

    /** What keeps a schema from being structural, in the order of the messages. */
    public static List<FieldError> check(JsonNode schema, FieldPath path) {
        var rules = new StructuralRules();
        rules.invariants(schema, Level.ROOT, path);
        rules.completeness(schema, schema, path, path);
        rules.errors.sort(Comparator.comparing(FieldError::message));
        return rules.errors;
    }

    private void invariants(JsonNode schema, Level level, FieldPath path) {
        var type = Structural.text(schema, "type");
        var items = objectAt(schema, "items");
        if (type.equals("array") && items == null) {
            required(path.child("items"), "must be specified");
        }
        if (items != null) {
            invariants(items, Level.ITEM, path.child("items"));
        }
        for (var property : properties(schema)) {
            invariants(
                    property.getValue(), Level.FIELD, path.child("properties").key(property.getKey()));
        }
        boolean additional = schema.has("additionalProperties");
        if (additional) {
            if (level == Level.ROOT) {
                forbidden(path.child("additionalProperties"), "must not be used at the root");
            }
            var values = objectAt(schema, "additionalProperties");
            if (values != null) {
                invariants(values, Level.FIELD, path.child("additionalProperties"));
            }
        }
        extensions(schema, path);
        junctors(schema, path, isIntOrString(schema), isIntOrString(firstAllOf(schema)));
        boolean embedded = Structural.flag(schema, "x-kubernetes-embedded-resource");
        type(schema, type, embedded, level, path);
        if (embedded && additional) {
            forbidden(path.child("additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set");
        }
        if (level == Level.ROOT || embedded) {
            metaField(schema, "kind", "string", "must be string", path);
            metaField(schema, "apiVersion", "string", "must be string", path);
            metaField(schema, "metadata", "object", "must be object", path);
        }
        if (level == Level.ROOT) {
            metadata(schema, path);
        }
        if (embedded
                && !Structural.flag(schema, "x-kubernetes-preserve-unknown-fields")
                && properties(schema).isEmpty()) {
            required(
                    path.child("properties"),
                    "must not be empty if x-kubernetes-embedded-resource is true without "
                            + "x-kubernetes-preserve-unknown-fields");
        }
    }

    private void type(JsonNode schema, String type, boolean embedded, Level level, FieldPath path) {
        var where = path.child("type");
        if (embedded && !type.equals("object")) {
            var detail = "must be object if x-kubernetes-embedded-resource is true";
            if (type.isEmpty()) {
                required(where, detail);
            } else {
                invalid(where, type, detail);
            }
        } else if (type.isEmpty()
                && !Structural.flag(schema, "x-kubernetes-int-or-string")
                && !Structural.flag(schema, "x-kubernetes-preserve-unknown-fields")) {
            required(where, level.withoutType);
        }
        if (level == Level.ROOT && !type.isEmpty() && !type.equals("object")) {
            invalid(where, type, "must be object at the root");
        }
    }

    private void extensions(JsonNode schema, FieldPath path) {
        if (!Structural.flag(schema, "x-kubernetes-int-or-string")) {
            return;
        }
        for (var other : List.of("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")) {
            if (Structural.flag(schema, other)) {
                invalid(path.child(other), true, "must be false if x-kubernetes-int-or-string is true");
            }
        }
    }

    private void metaField(JsonNode schema, String name, String type, String detail, FieldPath path) {
        var property = objectAt(schema, "properties") == null
                ? null
                : schema.get("properties").get(name);
        if (property != null && !Structural.text(property, "type").equals(type)) {
            invalid(path.child("properties").key(name).child("type"), Structural.text(property, "type"), detail);
        }
    }

    /** At the root only names may be restricted. */
    private void metadata(JsonNode schema, FieldPath path) {
        var metadata = objectAt(schema, "properties") == null
                ? null
                : schema.get("properties").get("metadata");
        if (metadata == null) {
            return;
        }
        boolean plain = metadata.propertyNames().stream()
                .allMatch(name ->
                        Set.of("type", "description", "default", "properties").contains(name));
        boolean names = properties(metadata).stream()
                .allMatch(p -> p.getKey().equals("name") || p.getKey().equals("generateName"));
        if (!plain || !names) {
            forbidden(
                    path.child("properties").key("metadata"),
                    "must not specify anything other than name and generateName, but metadata is implicitly specified");
        }
    }

    /**
     * @param skipAnyOf whether {@code anyOf} is the one way to say that a value is an integer or a string
     * @param skipFirst likewise that of the first clause of {@code allOf}
     */
    private void junctors(JsonNode schema, FieldPath path, boolean skipAnyOf, boolean skipFirst) {
        for (var junctor : JUNCTORS) {
            var clauses = schema.get(junctor);
            if (clauses == null || junctor.equals("anyOf") && skipAnyOf) {
                continue;
            }
            for (int i = 0; i < clauses.size(); i++) {
                clause(clauses.get(i), path.child(junctor).index(i), junctor.equals("allOf") && i == 0 && skipFirst);
            }
        }
        var not = objectAt(schema, "not");
        if (not != null) {
            clause(not, path.child("not"), false);
        }
        var pattern = Structural.text(schema, "pattern");
        if (!pattern.isEmpty()) {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                invalid(
                        path.child("pattern"),
                        pattern,
                        "must be a valid regular expression, but isn't: " + e.getMessage());
            }
        }
    }

    private void clause(JsonNode clause, FieldPath path, boolean skipAnyOf) {
        junctors(clause, path, skipAnyOf, false);
        var items = objectAt(clause, "items");
        if (items != null) {
            clause(items, path.child("items"), false);
        }
        for (var property : properties(clause)) {
            clause(property.getValue(), path.child("properties").key(property.getKey()), false);
        }
        ONLY_OUTSIDE.forEach((name, detail) -> {
            var value = clause.get(name);
            if (value != null && !isZero(value)) {
                forbidden(path.child(name), detail);
            }
        });
        if (properties(clause).stream().anyMatch(p -> p.getKey().equals("metadata"))) {
            forbidden(path.child("properties").key("metadata"), "must not be specified in a nested context");
        }
    }

    /** Everything that junctors speak of must be specified outside of them. */
    private void completeness(JsonNode clause, @Nullable JsonNode schema, FieldPath at, FieldPath spokenOf) {
        for (var junctor : JUNCTORS) {
            var clauses = clause.get(junctor);
            for (int i = 0; clauses != null && i < clauses.size(); i++) {
                nested(clauses.get(i), schema, at, spokenOf.child(junctor).index(i));
            }
        }
        var not = objectAt(clause, "not");
        if (not != null) {
            nested(not, schema, at, spokenOf.child("not"));
        }
    }

    private void nested(JsonNode clause, @Nullable JsonNode schema, FieldPath at, FieldPath spokenOf) {
        if (schema == null) {
            required(at, "because it is defined in " + spokenOf);
            return;
        }
        completeness(clause, schema, at, spokenOf);
        var items = objectAt(clause, "items");
        if (items != null) {
            nested(items, objectAt(schema, "items"), at.child("items"), spokenOf.child("items"));
        }
        var known = objectAt(schema, "properties");
        for (var property : properties(clause)) {
            nested(
                    property.getValue(),
                    known == null ? null : known.get(property.getKey()),
                    at.child("properties").key(property.getKey()),
                    spokenOf.child("properties").key(property.getKey()));
        }
    }

    private static boolean isIntOrString(@Nullable JsonNode schema) {
        var clauses = schema == null ? null : schema.get("anyOf");
        return clauses != null
                && clauses.size() == 2
                && isOnlyType(clauses.get(0), "integer")
                && isOnlyType(clauses.get(1), "string");
    }

    private static boolean isOnlyType(JsonNode clause, String type) {
        return clause.size() == 1 && Structural.text(clause, "type").equals(type);
    }

    private static @Nullable JsonNode firstAllOf(JsonNode schema) {
        var clauses = schema.get("allOf");
        return clauses == null || clauses.isEmpty() ? null : clauses.get(0);
    }

    private static boolean isZero(JsonNode value) {
        return value.isNull()
                || value.isBoolean() && !value.booleanValue()
                || value.isString() && value.stringValue().isEmpty()
                || value.isArray() && value.isEmpty();
    }

    private static @Nullable JsonNode objectAt(JsonNode schema, String field) {
        var value = schema.get(field);
        return value != null && value.isObject() ? value : null;
    }

    private static Set<Map.Entry<String, JsonNode>> properties(JsonNode schema) {
        var properties = objectAt(schema, "properties");
        return properties == null ? Set.of() : properties.properties();
    }

    private void required(FieldPath path, String detail) {
        errors.add(FieldError.required(path.toString(), detail));
    }

    private void forbidden(FieldPath path, String detail) {
        errors.add(FieldError.forbidden(path.toString(), detail));
    }

    private void invalid(FieldPath path, Object value, String detail) {
        errors.add(FieldError.invalid(path.toString(), value, detail));
    }
}
