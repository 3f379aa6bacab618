package dev.navarch.apiserver.wire;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.protobuf.ProtobufCodec;
import dev.navarch.api.protobuf.ProtobufFraming;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers in protobuf: objects and lists in their envelope, and events of watches in their frames (source:
 * k8s.io/apimachinery pkg/runtime/serializer/protobuf/protobuf.go and pkg/apis/meta/v1/generated.proto). Safe for use by
 * many threads.
 */
public final class ProtobufBodies {
    private static final List<String> META = List.of(
            "Status",
            "APIGroup",
            "APIGroupList",
            "APIResourceList",
            "APIVersions",
            "DeleteOptions",
            "CreateOptions",
            "UpdateOptions",
            "PatchOptions");

    private final ProtobufCodec codec;
    private final ObjectSchema listMeta;
    private final ObjectSchema objectMeta;
    private final Map<Kind, ObjectSchema> schemas = new HashMap<>();

    private record Kind(String apiVersion, String kind) {}

    public ProtobufBodies(Catalogue catalogue) {
        codec = new ProtobufCodec(catalogue);
        listMeta = catalogue.metaSchema("ListMeta");
        objectMeta = catalogue.metaSchema("ObjectMeta");
        for (var type : catalogue.types()) {
            schemas.put(new Kind(type.groupVersion().apiVersion(), type.kind()), type.schema());
            for (var sub : type.subresources().values()) {
                schemas.put(new Kind(sub.groupVersion().apiVersion(), sub.kind()), sub.schema());
            }
        }
        for (var version : List.of("v2", "v2beta1")) {
            catalogue
                    .schema("io.k8s.api.apidiscovery." + version + ".APIGroupDiscoveryList")
                    .ifPresent(schema ->
                            schemas.put(new Kind("apidiscovery.k8s.io/" + version, "APIGroupDiscoveryList"), schema));
        }
        for (var kind : META) {
            catalogue
                    .schema("io.k8s.apimachinery.pkg.apis.meta.v1." + kind)
                    .ifPresent(schema -> schemas.put(new Kind("v1", kind), schema));
        }
    }

    /** An object with its envelope; empty if its kind is none of those that have a message. */
    Optional<byte[]> document(ObjectNode tree) {
        // discovery's oldest kinds name no version
        var kind = new Kind(tree.path("apiVersion").asString("v1"), Tree.text(tree, "kind"));
        return Optional.ofNullable(schemas.get(kind)).map(schema -> codec.encode(tree, schema));
    }

    /**
     * The object or list of a document; empty if its kind is none of those that have a message. Quantities and times are as
     * they were sent.
     *
     * @throws dev.navarch.api.BadBodyException if it is no such document
     */
    public Optional<ObjectNode> tree(byte[] document) {
        var envelope = codec.open(document);
        var schema = schemas.get(new Kind(envelope.apiVersion(), envelope.kind()));
        ObjectNode tree;
        if (schema != null) {
            tree = codec.decodeMessage(envelope.message(), schema);
        } else if (envelope.kind().endsWith("List")) {
            var item = schemas.get(new Kind(
                    envelope.apiVersion(),
                    envelope.kind().substring(0, envelope.kind().length() - "List".length())));
            if (item == null) {
                return Optional.empty();
            }
            tree = codec.decodeList(envelope.message(), listMeta, item);
        } else {
            return Optional.empty();
        }
        tree.put("apiVersion", envelope.apiVersion());
        tree.put("kind", envelope.kind());
        return Optional.of(tree);
    }

    public byte[] status(Status status) {
        return document(status.tree()).orElseThrow();
    }

    /** An object without its envelope. */
    public byte[] message(ObjectNode tree, ObjectSchema schema) {
        return codec.encodeMessage(tree, schema);
    }

    /** The message of a PartialObjectMetadata. */
    public byte[] partialMessage(ObjectNode metadata) {
        return ProtobufFraming.field(1, codec.encodeMessage(metadata, objectMeta));
    }

    /** An object's message with its envelope. */
    public Parts object(String apiVersion, String kind, byte[] message) {
        return new Parts.Builder(3)
                .add(ProtobufFraming.envelopeHead(apiVersion, kind, message.length))
                .add(message)
                .add(ProtobufFraming.envelopeEnd())
                .build();
    }

    /** A list's envelope around its metadata and the items' messages. */
    public Parts list(String apiVersion, String kind, ObjectNode metadata, List<byte[]> items) {
        var own = ProtobufFraming.field(1, codec.encodeMessage(metadata, listMeta));
        List<byte[]> tags = items.stream()
                .map(item -> ProtobufFraming.fieldHead(2, item.length))
                .toList();
        long length = own.length;
        for (int i = 0; i < items.size(); i++) {
            length += tags.get(i).length + items.get(i).length;
        }
        var parts = new Parts.Builder(2 * items.size() + 3);
        parts.add(ProtobufFraming.envelopeHead(apiVersion, kind, length)).add(own);
        for (int i = 0; i < items.size(); i++) {
            parts.add(tags.get(i)).add(items.get(i));
        }
        return parts.add(ProtobufFraming.envelopeEnd()).build();
    }

    /** An event with its length before it; the object has its envelope. */
    public byte[] frame(String type, byte[] object) {
        return ProtobufFraming.watchFrame(type, object);
    }
}
