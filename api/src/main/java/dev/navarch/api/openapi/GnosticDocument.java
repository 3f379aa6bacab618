package dev.navarch.api.openapi;

import dev.navarch.api.protobuf.ProtobufBytes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A document of OpenAPI version 2 as the protobuf message that older clients ask for (source: google/gnostic
 * openapiv2/OpenAPIv2.proto, whose field numbers these are). Writes what {@link OpenApi} puts into documents, no more.
 */
final class GnosticDocument {

    private static final Map<String, Integer> METHODS =
            Map.of("get", 2, "put", 3, "post", 4, "delete", 5, "options", 6, "head", 7, "patch", 8);

    private static final List<String> BOUNDS = List.of(
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "maxProperties",
            "minProperties");
    private static final Set<String> NUMBERS = Set.of("multipleOf", "maximum", "minimum");

    private GnosticDocument() {}

    /** The beginning of a document. */
    static byte[] head(JsonNode document) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(document, "swagger"));
        var info = new ProtobufBytes();
        info.stringUnlessEmpty(1, text(document.path("info"), "title"));
        info.stringUnlessEmpty(2, text(document.path("info"), "version"));
        out.message(2, info);
        return out.toByteArray();
    }

    /** A part of a document's body; readers put those of all parts together, as of every message that comes again. */
    static byte[] part(JsonNode paths, JsonNode definitions) {
        var out = new ProtobufBytes();
        var items = new ProtobufBytes();
        paths.properties().forEach(e -> items.message(2, named(e.getKey(), pathItem(e.getValue()))));
        out.message(8, items);
        var schemas = new ProtobufBytes();
        definitions.properties().forEach(e -> schemas.message(1, named(e.getKey(), schema(e.getValue()))));
        out.message(9, schemas);
        return out.toByteArray();
    }

    static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    static ProtobufBytes named(String name, ProtobufBytes value) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, name);
        out.message(2, value);
        return out;
    }

    private static ProtobufBytes pathItem(JsonNode node) {
        var out = new ProtobufBytes();
        for (var entry : node.properties()) {
            var number = METHODS.get(entry.getKey());
            if (number != null) {
                out.message(number, operation(entry.getValue()));
            }
        }
        node.path("parameters").forEach(p -> out.message(9, parameter(p)));
        return out;
    }

    private static ProtobufBytes operation(JsonNode node) {
        var out = new ProtobufBytes();
        node.path("tags").forEach(t -> out.stringUnlessEmpty(1, t.asString()));
        out.stringUnlessEmpty(3, text(node, "description"));
        out.stringUnlessEmpty(5, text(node, "operationId"));
        node.path("produces").forEach(t -> out.stringUnlessEmpty(6, t.asString()));
        node.path("consumes").forEach(t -> out.stringUnlessEmpty(7, t.asString()));
        node.path("parameters").forEach(p -> out.message(8, parameter(p)));
        var responses = new ProtobufBytes();
        node.path("responses")
                .properties()
                .forEach(e -> responses.message(1, named(e.getKey(), response(e.getValue()))));
        out.message(9, responses);
        addExtensions(out, 13, node);
        return out;
    }

    private static ProtobufBytes parameter(JsonNode node) {
        var inner = new ProtobufBytes();
        var in = text(node, "in");
        if (in.equals("body")) {
            var body = new ProtobufBytes();
            body.stringUnlessEmpty(1, text(node, "description"));
            body.stringUnlessEmpty(2, text(node, "name"));
            body.stringUnlessEmpty(3, in);
            body.boolIfTrue(4, node.path("required").asBoolean(false));
            body.message(5, schema(node.path("schema")));
            inner.message(1, body);
        } else {
            boolean query = in.equals("query");
            var sub = new ProtobufBytes();
            sub.boolIfTrue(1, node.path("required").asBoolean(false));
            sub.stringUnlessEmpty(2, in);
            sub.stringUnlessEmpty(3, text(node, "description"));
            sub.stringUnlessEmpty(4, text(node, "name"));
            sub.stringUnlessEmpty(query ? 6 : 5, text(node, "type"));
            sub.boolIfTrue(query ? 20 : 19, node.path("uniqueItems").asBoolean(false));
            inner.message(2, wrapped(query ? 3 : 4, sub));
        }
        return wrapped(1, inner);
    }

    private static ProtobufBytes response(JsonNode node) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(node, "description"));
        if (node.has("schema")) {
            out.message(2, wrapped(1, schema(node.get("schema"))));
        }
        return wrapped(1, out);
    }

    private static ProtobufBytes schema(JsonNode node) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(node, "$ref"));
        out.stringUnlessEmpty(2, text(node, "format"));
        out.stringUnlessEmpty(3, text(node, "title"));
        out.stringUnlessEmpty(4, text(node, "description"));
        if (node.has("default")) {
            out.message(5, any(node.get("default")));
        }
        addBounds(out, node, 6);
        node.path("required").forEach(r -> out.stringUnlessEmpty(19, r.asString()));
        node.path("enum").forEach(e -> out.message(20, any(e)));
        var additional = node.path("additionalProperties");
        if (additional.isObject()) {
            out.message(21, wrapped(1, schema(additional)));
        } else if (additional.isBoolean()) {
            out.message(21, allowed(additional));
        }
        if (node.has("type")) {
            var type = new ProtobufBytes();
            type.stringUnlessEmpty(1, text(node, "type"));
            out.message(22, type);
        }
        if (node.has("items")) {
            out.message(23, wrapped(1, schema(node.get("items"))));
        }
        if (node.has("properties")) {
            var properties = new ProtobufBytes();
            node.get("properties")
                    .properties()
                    .forEach(e -> properties.message(1, named(e.getKey(), schema(e.getValue()))));
            out.message(25, properties);
        }
        addDocs(out, 29, node);
        addExtensions(out, 31, node);
        return out;
    }

    /** {@code additionalProperties} that are a plain boolean. */
    static ProtobufBytes allowed(JsonNode additional) {
        var out = new ProtobufBytes();
        out.integer(2, additional.booleanValue() ? 1 : 0);
        return out;
    }

    static void addDocs(ProtobufBytes out, int field, JsonNode node) {
        var docs = node.path("externalDocs");
        if (docs.isObject()) {
            var inner = new ProtobufBytes();
            inner.stringUnlessEmpty(1, text(docs, "description"));
            inner.stringUnlessEmpty(2, text(docs, "url"));
            out.message(field, inner);
        }
    }

    /** The bounds of values, which have numbers one after the other in both versions. */
    static void addBounds(ProtobufBytes out, JsonNode node, int first) {
        int field = first;
        for (var name : BOUNDS) {
            var value = node.path(name);
            if (value.isBoolean()) {
                out.boolIfTrue(field, value.booleanValue());
            } else if (value.isString()) {
                out.stringUnlessEmpty(field, value.stringValue());
            } else if (value.isNumber() && NUMBERS.contains(name)) {
                out.floating(field, value.doubleValue());
            } else if (value.isNumber()) {
                out.integer(field, value.longValue());
            }
            field++;
        }
    }

    /** Extensions hold YAML text, which JSON is too. */
    static void addExtensions(ProtobufBytes out, int field, JsonNode node) {
        for (var entry : node.properties()) {
            if (entry.getKey().startsWith("x-")) {
                out.message(field, named(entry.getKey(), any(entry.getValue())));
            }
        }
    }

    static ProtobufBytes any(JsonNode value) {
        var any = new ProtobufBytes();
        any.stringUnlessEmpty(2, value + "\n");
        return any;
    }

    static ProtobufBytes wrapped(int field, ProtobufBytes inner) {
        var out = new ProtobufBytes();
        out.message(field, inner);
        return out;
    }
}
