package dev.navarch.api.openapi;

import static dev.navarch.api.openapi.GnosticDocument.any;
import static dev.navarch.api.openapi.GnosticDocument.named;
import static dev.navarch.api.openapi.GnosticDocument.text;
import static dev.navarch.api.openapi.GnosticDocument.wrapped;

import dev.navarch.api.protobuf.ProtobufBytes;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * A document of OpenAPI version 3 as a protobuf message (source: google/gnostic-models openapiv3/OpenAPIv3.proto, whose
 * field numbers these are). Writes what {@link OpenApi} puts into documents, no more.
 */
final class GnosticDocument3 {
    private static final Map<String, Integer> METHODS =
            Map.of("get", 4, "put", 5, "post", 6, "delete", 7, "options", 8, "head", 9, "patch", 10);

    private GnosticDocument3() {}

    static byte[] of(JsonNode document) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(document, "openapi"));
        var info = new ProtobufBytes();
        info.stringUnlessEmpty(1, text(document.path("info"), "title"));
        info.stringUnlessEmpty(6, text(document.path("info"), "version"));
        out.message(2, info);
        out.message(4, map(document.path("paths"), GnosticDocument3::pathItem));
        out.message(
                5, wrapped(1, map(document.path("components").path("schemas"), GnosticDocument3::schemaOrReference)));
        return out.toByteArray();
    }

    /** Pairs of names and values, all in field 1. */
    private static ProtobufBytes map(JsonNode node, Function<JsonNode, ProtobufBytes> value) {
        var out = new ProtobufBytes();
        node.properties().forEach(e -> out.message(1, named(e.getKey(), value.apply(e.getValue()))));
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
        node.path("parameters").forEach(p -> out.message(13, parameter(p)));
        return out;
    }

    private static ProtobufBytes operation(JsonNode node) {
        var out = new ProtobufBytes();
        node.path("tags").forEach(t -> out.stringUnlessEmpty(1, t.asString()));
        out.stringUnlessEmpty(3, text(node, "description"));
        out.stringUnlessEmpty(5, text(node, "operationId"));
        node.path("parameters").forEach(p -> out.message(6, parameter(p)));
        if (node.has("requestBody")) {
            var body = new ProtobufBytes();
            body.message(2, content(node.get("requestBody")));
            body.boolIfTrue(3, node.get("requestBody").path("required").asBoolean(false));
            out.message(7, wrapped(1, body));
        }
        var responses = new ProtobufBytes();
        node.path("responses")
                .properties()
                .forEach(e -> responses.message(2, named(e.getKey(), response(e.getValue()))));
        out.message(8, responses);
        GnosticDocument.addExtensions(out, 13, node);
        return out;
    }

    private static ProtobufBytes parameter(JsonNode node) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(node, "name"));
        out.stringUnlessEmpty(2, text(node, "in"));
        out.stringUnlessEmpty(3, text(node, "description"));
        out.boolIfTrue(4, node.path("required").asBoolean(false));
        if (node.has("schema")) {
            out.message(10, schemaOrReference(node.get("schema")));
        }
        return wrapped(1, out);
    }

    private static ProtobufBytes response(JsonNode node) {
        var out = new ProtobufBytes();
        out.stringUnlessEmpty(1, text(node, "description"));
        if (node.has("content")) {
            out.message(3, content(node));
        }
        return wrapped(1, out);
    }

    private static ProtobufBytes content(JsonNode node) {
        return map(node.path("content"), type -> {
            var media = new ProtobufBytes();
            if (type.has("schema")) {
                media.message(1, schemaOrReference(type.get("schema")));
            }
            return media;
        });
    }

    private static ProtobufBytes schemaOrReference(JsonNode node) {
        if (!node.has("$ref")) {
            return wrapped(1, schema(node));
        }
        var reference = new ProtobufBytes();
        reference.stringUnlessEmpty(1, text(node, "$ref"));
        return wrapped(2, reference);
    }

    private static ProtobufBytes schema(JsonNode node) {
        var out = new ProtobufBytes();
        out.boolIfTrue(1, node.path("nullable").asBoolean(false));
        GnosticDocument.addDocs(out, 6, node);
        out.stringUnlessEmpty(9, text(node, "title"));
        GnosticDocument.addBounds(out, node, 10);
        node.path("required").forEach(r -> out.stringUnlessEmpty(23, r.asString()));
        node.path("enum").forEach(e -> out.message(24, any(e)));
        out.stringUnlessEmpty(25, text(node, "type"));
        node.path("allOf").forEach(s -> out.message(26, schemaOrReference(s)));
        node.path("oneOf").forEach(s -> out.message(27, schemaOrReference(s)));
        node.path("anyOf").forEach(s -> out.message(28, schemaOrReference(s)));
        if (node.has("not")) {
            out.message(29, schema(node.get("not")));
        }
        if (node.has("items")) {
            out.message(30, wrapped(1, schemaOrReference(node.get("items"))));
        }
        if (node.has("properties")) {
            out.message(31, map(node.get("properties"), GnosticDocument3::schemaOrReference));
        }
        var additional = node.path("additionalProperties");
        if (additional.isObject()) {
            out.message(32, wrapped(1, schemaOrReference(additional)));
        } else if (additional.isBoolean()) {
            out.message(32, GnosticDocument.allowed(additional));
        }
        if (node.has("default")) {
            out.message(33, defaultType(node.get("default")));
        }
        out.stringUnlessEmpty(34, text(node, "description"));
        out.stringUnlessEmpty(35, text(node, "format"));
        GnosticDocument.addExtensions(out, 36, node);
        return out;
    }

    /** Only scalars have a place there. */
    private static ProtobufBytes defaultType(JsonNode value) {
        var out = new ProtobufBytes();
        if (value.isNumber()) {
            out.floating(1, value.doubleValue());
        } else if (value.isBoolean()) {
            out.integer(2, value.booleanValue() ? 1 : 0);
        } else if (value.isString()) {
            out.string(3, value.stringValue());
        }
        return out;
    }
}
