package dev.navarch.api.openapi;

import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Schemas as OpenAPI definitions, with everything that they refer to (source: k8s.io/kube-openapi
 * pkg/generators/openapi.go). For one document.
 */
final class Definitions {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final String APIEXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.";

    private final Dialect dialect;
    private final Kinds kinds;
    private final Enums enums;
    private final ObjectMapper mapper = new ObjectMapper();
    private final Map<String, ObjectNode> definitions = new TreeMap<>();
    private final Deque<ObjectSchema> due = new ArrayDeque<>();

    Definitions(Dialect dialect, Kinds kinds, Enums enums) {
        this.dialect = dialect;
        this.enums = enums;
        this.kinds = kinds;
    }

    /** Makes sure that the schema is defined; gives the reference to it. */
    ObjectNode reference(ObjectSchema schema) {
        if (definitions.putIfAbsent(schema.name(), NODES.objectNode()) == null) {
            due.add(schema);
        }
        return NODES.objectNode().put("$ref", dialect.reference(schema.name()));
    }

    /** What patches look like: anything. */
    ObjectNode patchReference() {
        return named(
                META + "Patch",
                "Any patch in one of the formats that the request's content type may name.",
                "object",
                "");
    }

    /**
     * Everything that was referred to, directly or not, by name.
     *
     * @param elsewhere what need not be here
     */
    ObjectNode all(Predicate<String> elsewhere) {
        while (!due.isEmpty()) {
            var schema = due.remove();
            if (!elsewhere.test(schema.name())) {
                definitions.put(schema.name(), definition(schema));
            }
        }
        definitions.keySet().removeIf(elsewhere);
        var all = NODES.objectNode();
        definitions.forEach(all::set);
        return all;
    }

    private ObjectNode definition(ObjectSchema schema) {
        var declared = schema.declared();
        if (declared.isPresent()) {
            var form = new DeclaredForm(dialect, kinds, this::metadata).of(declared.get());
            addKinds(form, schema);
            return form;
        }
        var node = NODES.objectNode();
        describe(node, schema.description());
        node.put("type", "object");
        var required = NODES.arrayNode();
        var properties = new TreeMap<String, ObjectNode>();
        for (var field : schema.fields().values()) {
            properties.put(field.name(), property(schema, field));
            if (field.required()) {
                required.add(field.name());
            }
        }
        if (!required.isEmpty()) {
            node.set("required", required);
        }
        if (!properties.isEmpty()) {
            var object = node.putObject("properties");
            properties.forEach(object::set);
        }
        addKinds(node, schema);
        if (schema.atomic()) {
            node.put("x-kubernetes-map-type", "atomic");
        }
        if (schema.preservesUnknown()) {
            node.put("x-kubernetes-preserve-unknown-fields", true);
        }
        return node;
    }

    private ObjectNode metadata() {
        var node = reference(kinds.metadata());
        if (dialect == Dialect.V3) {
            var wrapped = NODES.objectNode();
            wrapped.putArray("allOf").add(node);
            node = wrapped;
        }
        describe(node, kinds.description("metadata"));
        return node;
    }

    private void addKinds(ObjectNode node, ObjectSchema schema) {
        var sorted = new TreeSet<>(
                Comparator.comparing((Kinds.Kind k) -> k.groupVersion().group())
                        .thenComparing(k -> k.groupVersion().version())
                        .thenComparing(Kinds.Kind::name));
        sorted.addAll(kinds.of(schema));
        if (sorted.isEmpty()) {
            return;
        }
        var array = node.putArray("x-kubernetes-group-version-kind");
        sorted.forEach(kind -> array.add(Operations.groupVersionKind(kind.groupVersion(), kind.name())));
    }

    private ObjectNode property(ObjectSchema owner, Field field) {
        var node = value(owner, field.schema(), defaultOf(field));
        describe(node, owner.description(field.name()) + possibleValues(node));
        if (field.schema() instanceof ListSchema list) {
            if (!list.keys().isEmpty()) {
                var keys = node.putArray("x-kubernetes-list-map-keys");
                list.keys().forEach(keys::add);
            }
            list.declared()
                    .ifPresent(type ->
                            node.put("x-kubernetes-list-type", type.name().toLowerCase(java.util.Locale.ROOT)));
        }
        if (!field.topology().isEmpty()) {
            node.put("x-kubernetes-map-type", field.topology());
        }
        if (!field.patchMergeKey().isEmpty()) {
            node.put("x-kubernetes-patch-merge-key", field.patchMergeKey());
        }
        if (!field.patchStrategies().isEmpty()) {
            node.put("x-kubernetes-patch-strategy", String.join(",", new TreeSet<>(field.patchStrategies())));
        }
        return node;
    }

    /** As upstream appends them, without what each means. */
    private static String possibleValues(ObjectNode node) {
        if (!node.has("enum")) {
            return "";
        }
        var text = new StringBuilder("\n\nPossible enum values:");
        node.get("enum")
                .forEach(v -> text.append("\n - `\"").append(v.stringValue()).append("\"`"));
        return text.toString();
    }

    private static void describe(ObjectNode node, String text) {
        if (!text.isEmpty()) {
            node.put("description", text);
        }
    }

    /** A value of the schema; version 2 shows no defaults. */
    private ObjectNode value(ObjectSchema owner, Schema schema, JsonNode defaultValue) {
        var node = switch (schema) {
            case ObjectSchema object -> reference(object);
            case ListSchema list -> {
                var array = NODES.objectNode().put("type", "array");
                array.set("items", value(owner, list.element(), zero(list.element())));
                yield array;
            }
            case MapSchema map -> {
                var object = NODES.objectNode().put("type", "object");
                object.set("additionalProperties", value(owner, map.value(), zero(map.value())));
                yield object;
            }
            case ScalarSchema scalar -> scalar(owner, scalar);
        };
        if (dialect == Dialect.V2) {
            return node;
        }
        if (node.has("$ref") && defaultValue.isMissingNode()) {
            return node;
        }
        if (node.has("$ref")) {
            var wrapped = NODES.objectNode();
            wrapped.putArray("allOf").add(node);
            node = wrapped;
        }
        if (!defaultValue.isMissingNode()) {
            node.set("default", defaultValue);
        }
        return node;
    }

    private JsonNode defaultOf(Field field) {
        if (field.defaultJson().isPresent()) {
            return mapper.readTree(field.defaultJson().get());
        }
        boolean zeroIsMeant = !field.pointer() && (!field.omittedWhenEmpty() || field.schema() instanceof ObjectSchema);
        return zeroIsMeant ? zero(field.schema()) : NODES.missingNode();
    }

    private static JsonNode zero(Schema schema) {
        return switch (schema) {
            case ObjectSchema _ -> NODES.objectNode();
            case ListSchema _, MapSchema _ -> NODES.missingNode();
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING -> NODES.stringNode("");
                    case BOOL -> NODES.booleanNode(false);
                    case INT32, INT64, FLOAT64 -> NODES.numberNode(0);
                    case BYTES, QUANTITY, INT_OR_STRING, TIME, MICRO_TIME, DURATION, RAW, FIELDS_V1, JSON ->
                        NODES.missingNode();
                };
        };
    }

    private ObjectNode scalar(ObjectSchema owner, ScalarSchema schema) {
        return switch (schema.type()) {
            case STRING, BOOL, INT32, INT64, FLOAT64, BYTES -> {
                var node = NODES.objectNode().put("type", schema.type().openApiType());
                if (!schema.type().openApiFormat().isEmpty()) {
                    node.put("format", schema.type().openApiFormat());
                }
                var values = enums.of(owner.name(), schema.goType());
                if (!values.isEmpty()) {
                    values.forEach(node.putArray("enum")::add);
                }
                yield node;
            }
            case QUANTITY ->
                either(
                        "io.k8s.apimachinery.pkg.api.resource.Quantity",
                        "An exact amount such as 500m, 1.5 or 2Gi; it is answered in its canonical form.",
                        "",
                        "string",
                        "number");
            case INT_OR_STRING ->
                either(
                        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
                        "A number, or a text such as a port's name or a percentage.",
                        "int-or-string",
                        "integer",
                        "string");
            case TIME -> scalar(META + "Time", "A point in time in RFC 3339, to the second.", schema.type());
            case MICRO_TIME ->
                scalar(META + "MicroTime", "A point in time in RFC 3339, to the microsecond.", schema.type());
            case DURATION -> scalar(META + "Duration", "A span of time such as 1h30m.", schema.type());
            case RAW -> scalar("io.k8s.apimachinery.pkg.runtime.RawExtension", "Any object.", schema.type());
            case FIELDS_V1 ->
                scalar(
                        META + "FieldsV1",
                        "A set of fields as a tree: '.' is the value itself, 'f:name' a field or a map's key,"
                                + " 'v:value' an element by its value, 'k:keys' an element by its keys, 'i:index' one by"
                                + " its place.",
                        schema.type());
            case JSON ->
                scalar(
                        APIEXTENSIONS + schema.goType(),
                        "Any JSON value that is meaningful in its place.",
                        schema.type());
        };
    }

    private ObjectNode scalar(String name, String description, ScalarType type) {
        return named(name, description, type.openApiType(), type.openApiFormat());
    }

    private ObjectNode either(String name, String description, String format, String first, String second) {
        var reference = named(name, description, dialect == Dialect.V2 ? "string" : "", format);
        if (dialect == Dialect.V3) {
            definitions
                    .get(name)
                    .putArray("oneOf")
                    .add(NODES.objectNode().put("type", first))
                    .add(NODES.objectNode().put("type", second));
        }
        return reference;
    }

    private ObjectNode named(String name, String description, String type, String format) {
        var definition = NODES.objectNode().put("description", description);
        if (!type.isEmpty()) {
            definition.put("type", type);
        }
        if (!format.isEmpty()) {
            definition.put("format", format);
        }
        definitions.put(name, definition);
        return NODES.objectNode().put("$ref", dialect.reference(name));
    }
}
