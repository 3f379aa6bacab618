package dev.navarch.api.openapi;

import dev.navarch.api.protobuf.ProtobufBytes;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A document of OpenAPI version 2 as the protobuf message that older clients ask for (source: google/gnostic
 * openapiv2/OpenAPIv2.proto, whose field numbers these are). Writes what {@link OpenApi} puts into documents, no more.
 */
final class GnosticDocument {

    private static final Map<String, Integer> METHODS =
            Map.of("get", 2, "put", 3, "post", 4, "delete", 5, "options", 6, "head", 7, "patch", 8);

    private GnosticDocument() {}

    static byte[] of(JsonNode document) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(document, "swagger"));
        var info = new ProtobufBytes();
        info.stringUnlessEmpty(1, text(document.path("info"), "title"));
        info.stringUnlessEmpty(2, text(document.path("info"), "version"));
        out.message(2, info);
        var paths = new ProtobufBytes();
        document.path("paths").properties().forEach(e -> paths.message(2, named(e.getKey(), pathItem(e.getValue()))));
        out.message(8, paths);
        var definitions = new ProtobufBytes();
        document.path("definitions")
                .properties()
                .forEach(e -> definitions.message(1, named(e.getKey(), schema(e.getValue()))));
        out.message(9, definitions);
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
        out.stringUnlessEmpty(4, text(node, "description"));
        node.path("required").forEach(r -> out.stringUnlessEmpty(19, r.asString()));
        node.path("enum").forEach(e -> out.message(20, any(e)));
        if (node.has("additionalProperties")) {
            out.message(21, wrapped(1, schema(node.get("additionalProperties"))));
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
        addExtensions(out, 31, node);
        return out;
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
