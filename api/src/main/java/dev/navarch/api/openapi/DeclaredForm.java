package dev.navarch.api.openapi;

import dev.navarch.api.DeclaredSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schema of a custom resource as documents show it: as it was declared, with what every object has. Version 2 leaves
 * out what its clients can't understand (source: k8s.io/apiextensions-apiserver
 * pkg/controller/openapi/builder/builder.go, pkg/controller/openapi/v2/conversion.go and
 * pkg/apiserver/schema/unfold.go).
 */
final class DeclaredForm {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";
    private static final String EMBEDDED = "x-kubernetes-embedded-resource";
    private static final String INT_OR_STRING = "x-kubernetes-int-or-string";
    private static final String ANY_OF = "anyOf";
    /** Whose value is a schema. */
    private static final Set<String> INNER = Set.of("items", "additionalProperties", "not");
    /** Whose value is a list of schemas. */
    private static final Set<String> JUNCTORS = Set.of("allOf", ANY_OF, "oneOf");
    /** What a structural schema doesn't keep. */
    private static final Set<String> LEFT_OUT = Set.of(
            "id", "$schema", "$ref", "example", "definitions", "dependencies", "patternProperties", "additionalItems");

    private final Dialect dialect;
    private final Kinds kinds;
    private final Supplier<ObjectNode> metadata;

    /** @param metadata refers to the schema of objects' metadata */
    DeclaredForm(Dialect dialect, Kinds kinds, Supplier<ObjectNode> metadata) {
        this.dialect = dialect;
        this.kinds = kinds;
        this.metadata = metadata;
    }

    /** Of a whole object; its group, version and kind are added by others. */
    ObjectNode of(DeclaredSchema declared) {
        var schema = declared.schema().get();
        boolean anything =
                !schema.isObject() || dialect == Dialect.V2 && (keepsUnknown(schema) || declared.keepsUnknown());
        // kubectl would take a schema with properties as one that allows no others
        var form = anything ? NODES.objectNode().put("type", "object") : form(schema);
        if (!anything) {
            addIdentity(form);
        }
        if (!declared.selectableFields().isEmpty()) {
            var fields = form.putArray("x-kubernetes-selectable-fields");
            declared.selectableFields().forEach(f -> fields.addObject().put("fieldPath", f));
        }
        return form;
    }

    private static boolean keepsUnknown(JsonNode schema) {
        return flag(schema, KEEPS_UNKNOWN);
    }

    private static boolean flag(JsonNode schema, String name) {
        return schema.path(name).asBoolean(false);
    }

    private ObjectNode form(JsonNode schema) {
        var form = NODES.objectNode();
        boolean bare = dialect == Dialect.V2 && (flag(schema, "nullable") || keepsUnknown(schema));
        for (var entry : schema.properties()) {
            var name = entry.getKey();
            var value = entry.getValue();
            if (LEFT_OUT.contains(name)
                    || saysNothing(value)
                    || bare && (name.equals("items") || name.equals("properties"))) {
                continue;
            }
            if (dialect == Dialect.V2 && (JUNCTORS.contains(name) || name.equals("not") || name.equals("nullable"))) {
                continue;
            }
            if (name.equals("properties")) {
                var properties = form.putObject(name);
                value.properties().forEach(p -> properties.set(p.getKey(), form(p.getValue())));
            } else if (INNER.contains(name) && value.isObject()) {
                form.set(name, form(value));
            } else if (JUNCTORS.contains(name)) {
                var clauses = form.putArray(name);
                value.forEach(clause -> clauses.add(form(clause)));
            } else {
                form.set(name, value);
            }
        }
        if (dialect == Dialect.V2) {
            dropTypes(form, schema);
            dropRequired(form, schema);
        } else if (flag(schema, INT_OR_STRING)) {
            unfold(form, schema);
        }
        if (flag(schema, EMBEDDED) && !(dialect == Dialect.V2 && keepsUnknown(schema))) {
            addIdentity(form);
            require(form, "kind");
            require(form, "apiVersion");
        }
        return form;
    }

    /** Absence says the same. */
    private static boolean saysNothing(JsonNode value) {
        return value.isNull() || value.isArray() && value.isEmpty();
    }

    /** What may be null has no type in version 2, and neither has what its clients would look into. */
    private static void dropTypes(ObjectNode form, JsonNode schema) {
        var type = form.path("type").asString("");
        boolean untyped = flag(schema, "nullable")
                || type.equals("array") && !form.has("items")
                || type.equals("object") && keepsUnknown(schema);
        if (untyped) {
            form.remove("type");
        }
    }

    /** What may be null can't be required in version 2. */
    private static void dropRequired(ObjectNode form, JsonNode schema) {
        if (!form.has("required")) {
            return;
        }
        List<JsonNode> kept = new ArrayList<>();
        for (var name : form.get("required")) {
            boolean shown = form.path("properties").has(name.asString(""));
            if (!shown || !flag(schema.path("properties").path(name.asString("")), "nullable")) {
                kept.add(name);
            }
        }
        form.remove("required");
        if (!kept.isEmpty() && !flag(schema.path("additionalProperties"), "nullable")) {
            form.putArray("required").addAll(kept);
        }
    }

    /** Says with the words of OpenAPI that both are possible. */
    private static void unfold(ObjectNode form, JsonNode schema) {
        var both = NODES.arrayNode()
                .add(NODES.objectNode().put("type", "integer"))
                .add(NODES.objectNode().put("type", "string"));
        if (schema.path(ANY_OF).equals(both)
                || schema.path("allOf").path(0).path(ANY_OF).equals(both)) {
            return;
        }
        if (!form.has(ANY_OF)) {
            form.set(ANY_OF, both);
            return;
        }
        var all = NODES.arrayNode();
        all.addObject().set(ANY_OF, both);
        form.path("allOf").forEach(all::add);
        form.set("allOf", all);
    }

    private void addIdentity(ObjectNode form) {
        var properties = form.path("properties") instanceof ObjectNode there ? there : form.putObject("properties");
        for (var name : List.of("apiVersion", "kind")) {
            properties.putObject(name).put("type", "string").put("description", kinds.description(name));
        }
        properties.set("metadata", metadata.get());
    }

    private static void require(ObjectNode form, String name) {
        var required = form.withArray("/required");
        for (var there : required) {
            if (there.asString("").equals(name)) {
                return;
            }
        }
        required.add(name);
    }
}
