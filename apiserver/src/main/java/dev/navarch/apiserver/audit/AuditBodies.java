package dev.navarch.apiserver.audit;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.MediaType;
import dev.navarch.apiserver.wire.ProtobufBodies;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Bodies of requests and answers as JSON, whatever they were sent in (source: k8s.io/apiserver pkg/audit/request.go). */
final class AuditBodies {
    private final ObjectDecoder decoder = new ObjectDecoder();
    private final JsonMapper json = JsonMapper.shared();
    private final ProtobufBodies protobuf;

    AuditBodies(ProtobufBodies protobuf) {
        this.protobuf = protobuf;
    }

    /** Empty if the body is none that is understood. */
    Optional<byte[]> json(byte[] body, String contentType, boolean omitManagedFields) {
        if (body.length == 0) {
            return Optional.empty();
        }
        try {
            var type = contentType.isEmpty()
                    ? "application/json"
                    : MediaType.of(contentType).type();
            // written anew even if it is JSON: an event is one line, and a body that is none would spoil it
            var tree = type.endsWith("json")
                    ? json.readTree(body)
                    : tree(body, type).orElse(null);
            if (tree == null) {
                return Optional.empty();
            }
            if (omitManagedFields) {
                withoutManagedFields(tree);
            }
            return Optional.of(tree.toString().getBytes(StandardCharsets.UTF_8));
        } catch (BadBodyException | JacksonException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private Optional<? extends JsonNode> tree(byte[] body, String type) {
        if (type.contains("yaml")) {
            return Optional.of(decoder.decodeUntyped(body).tree());
        }
        return type.contains("protobuf") ? protobuf.tree(body) : Optional.empty();
    }

    private static void withoutManagedFields(JsonNode object) {
        if (object.path("metadata") instanceof ObjectNode metadata) {
            metadata.remove("managedFields");
        }
        object.path("items").forEach(AuditBodies::withoutManagedFields);
        object.path("rows").forEach(row -> withoutManagedFields(row.path("object")));
    }

    /** What an object says of itself; nothing of what can't be read. */
    AuditEvent.ObjectRef ref(byte[] body, String contentType) {
        try {
            var type = contentType.isEmpty()
                    ? "application/json"
                    : MediaType.of(contentType).type();
            if (type.equals("application/json") && body.length > 0 && body[0] == '{') {
                return ref(body);
            }
            return tree(body, type).map(AuditBodies::ref).orElse(AuditEvent.ObjectRef.NONE);
        } catch (BadBodyException | JacksonException | IllegalArgumentException _) {
            return AuditEvent.ObjectRef.NONE;
        }
    }

    private static AuditEvent.ObjectRef ref(JsonNode object) {
        return new AuditEvent.ObjectRef(
                Tree.text(object, "metadata", "namespace"),
                Tree.text(object, "metadata", "name"),
                Tree.text(object, "metadata", "uid"),
                Tree.text(object, "metadata", "resourceVersion"));
    }

    /** Reads no further than the metadata. */
    private AuditEvent.ObjectRef ref(byte[] body) {
        try (var in = json.createParser(body)) {
            in.nextToken();
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean metadata = in.currentName().equals("metadata");
                if (in.nextToken() == JsonToken.START_OBJECT && metadata) {
                    return metadata(in);
                }
                in.skipChildren();
            }
        }
        return AuditEvent.ObjectRef.NONE;
    }

    private static AuditEvent.ObjectRef metadata(JsonParser in) {
        var namespace = "";
        var name = "";
        var uid = "";
        var version = "";
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            var field = in.currentName();
            if (in.nextToken() == JsonToken.VALUE_STRING) {
                switch (field) {
                    case "namespace" -> namespace = in.getString();
                    case "name" -> name = in.getString();
                    case "uid" -> uid = in.getString();
                    case "resourceVersion" -> version = in.getString();
                    default -> {}
                }
            } else {
                in.skipChildren();
            }
        }
        return new AuditEvent.ObjectRef(namespace, name, uid, version);
    }
}
