package dev.navarch.apiserver.registry;

import dev.navarch.api.table.Tables;
import dev.navarch.apiserver.registry.TableForm.Include;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Parts;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.apiserver.wire.Negotiated.Format;
import dev.navarch.apiserver.wire.ProtobufBodies;
import dev.navarch.storage.Entry;
import dev.navarch.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows objects and lists in the form that was negotiated: as they are, as tables, or their metadata only (source:
 * k8s.io/apiserver pkg/endpoints/handlers/response.go). In JSON, objects in their stored form are shown by their bytes,
 * unread; in protobuf by their cached messages.
 *
 * <p>The items of a list don't name their kind, which the list's kind tells (source: k8s.io/apimachinery
 * pkg/runtime/serializer/versioning/versioning.go: only the outer object's kind is set).
 */
final class Renderer {
    private static final String META_GROUP = "meta.k8s.io/";
    private static final byte[] NEWLINE = {'\n'};
    private static final byte[] FIRST = {'{'};
    private static final byte[] NEXT = {',', '{'};
    private static final byte[] COMMA = {','};
    private static final byte[] NOTHING = {};
    private static final byte[] LIST_END = "]}\n".getBytes(StandardCharsets.UTF_8);

    private final Objects objects;
    private final ProtobufBodies protobuf;
    private final Documents documents;
    private final MessageCache messages;
    private final TableForm tables;

    Renderer(Objects objects, ProtobufBodies protobuf, Tables tables, TimeSource time) {
        this.objects = objects;
        this.protobuf = protobuf;
        this.documents = new Documents(protobuf);
        this.messages = new MessageCache(objects.trees(), protobuf);
        this.tables = new TableForm(tables, time);
    }

    /** A page of a list. {@code next} is empty on the last one; {@code remaining} if it is not known. */
    record Listed(List<Entry> entries, long revision, String next, Optional<Long> remaining) {}

    MessageCache messages() {
        return messages;
    }

    ProtobufBodies protobuf() {
        return protobuf;
    }

    TableForm tables() {
        return tables;
    }

    ApiResponse.Whole object(
            int status, ApiRequest request, Negotiated form, ServedResource resource, Entry entry, Headers headers) {
        if (form.plainJson()) {
            var shown = resource.form().served(entry);
            var parts = new Parts.Builder(2).add(shown.value()).add(NEWLINE).build();
            return new ApiResponse.Whole(status, ApiResponse.JSON, headers, parts);
        }
        if (form.plainProtobuf()) {
            var type = resource.type();
            var message = messages.message(resource, entry).orElseThrow(() -> Objects.unreadable(entry));
            return protobuf(status, protobuf.object(type.groupVersion().apiVersion(), type.kind(), message), headers);
        }
        return tree(status, request, form, resource, objects.tree(entry), headers);
    }

    private static ApiResponse.Whole protobuf(int status, Parts body, Headers headers) {
        return new ApiResponse.Whole(status, Format.PROTOBUF.mediaType(), headers, body);
    }

    /** Shows an object that is stored nowhere, or was read already. */
    ApiResponse.Whole tree(
            int status,
            ApiRequest request,
            Negotiated form,
            ServedResource resource,
            ObjectNode object,
            Headers headers) {
        return switch (form.shape()) {
            case OBJECT -> document(status, form, resource.form().served(object), headers);
            case PARTIAL ->
                form.format() == Format.PROTOBUF
                        ? protobuf(
                                status,
                                protobuf.object(
                                        META_GROUP + form.version(),
                                        "PartialObjectMetadata",
                                        protobuf.partialMessage(
                                                metadata(resource.form().served(object)))),
                                headers)
                        : document(status, form, partial(resource.form().served(object), form.version()), headers);
            case PARTIAL_LIST ->
                throw ApiFailure.notAcceptable("you requested PartialObjectMetadataList, but the requested object is"
                        + " not a list (" + internalType(resource) + ")");
            case TABLE ->
                document(
                        status,
                        form,
                        tables.table(
                                resource, form.version(), Include.of(request), List.of(object), metadata(object), true),
                        headers);
        };
    }

    /** How upstream calls the kind inside, in two messages. */
    private static String internalType(ServedResource resource) {
        var group = resource.group();
        int dot = group.indexOf('.');
        var named = group.isEmpty() || group.equals("events.k8s.io") ? "core" : group;
        return "*" + (dot > 0 && !named.equals("core") ? named.substring(0, dot) : named) + "."
                + resource.type().kind();
    }

    /** Any document, in the format negotiated for it. */
    ApiResponse.Whole document(int status, Negotiated form, ObjectNode document, Headers headers) {
        return documents.answer(status, form, document, headers);
    }

    ApiResponse.Whole list(ApiRequest request, Negotiated form, ServedResource resource, Listed listed) {
        if (form.plainJson()) {
            return new ApiResponse.Whole(200, ApiResponse.JSON, Headers.EMPTY, json(resource, listed));
        }
        if (form.plainPartialList()) {
            return new ApiResponse.Whole(200, ApiResponse.JSON, Headers.EMPTY, partialJson(form, resource, listed));
        }
        var metadata = metadata(listed);
        var type = resource.type();
        var apiVersion = type.groupVersion().apiVersion();
        if (form.plainProtobuf()) {
            List<byte[]> items = new ArrayList<>(listed.entries.size());
            for (var entry : listed.entries) {
                messages.message(resource, entry).ifPresent(items::add);
            }
            return protobuf(200, protobuf.list(apiVersion, type.listKind(), metadata, items), Headers.EMPTY);
        }
        List<ObjectNode> shown = new ArrayList<>(listed.entries.size());
        for (var entry : listed.entries) {
            objects.trees().tree(entry).ifPresent(shown::add);
        }
        return trees(request, form, resource, shown, metadata);
    }

    /** Likewise of objects that are stored nowhere, or were read already. */
    ApiResponse.Whole trees(
            ApiRequest request, Negotiated form, ServedResource resource, List<ObjectNode> shown, ObjectNode metadata) {
        var type = resource.type();
        var apiVersion = type.groupVersion().apiVersion();
        return switch (form.shape()) {
            case OBJECT -> {
                var items = Tree.array();
                shown.forEach(o -> items.add(withoutKind(resource.form().served(o))));
                yield document(200, form, listOf(type.listKind(), apiVersion, metadata, items), Headers.EMPTY);
            }
            case TABLE -> {
                var table = tables.table(resource, form.version(), Include.of(request), shown, metadata, true);
                yield document(200, form, table, Headers.EMPTY);
            }
            case PARTIAL ->
                throw ApiFailure.notAcceptable("you requested PartialObjectMetadata, but the requested object is a"
                        + " list (" + internalType(resource) + "List)");
            case PARTIAL_LIST ->
                partialList(
                        form,
                        metadata,
                        shown.stream().map(resource.form()::served).toList());
        };
    }

    private ApiResponse.Whole partialList(Negotiated form, ObjectNode metadata, List<ObjectNode> shown) {
        var kind = "PartialObjectMetadataList";
        var apiVersion = META_GROUP + form.version();
        if (form.format() == Format.PROTOBUF) {
            var items = shown.stream()
                    .map(o -> protobuf.partialMessage(metadata(o)))
                    .toList();
            return protobuf(200, protobuf.list(apiVersion, kind, metadata, items), Headers.EMPTY);
        }
        var items = Tree.array();
        shown.forEach(o -> items.add(partial(o, form.version())));
        return document(200, form, listOf(kind, apiVersion, metadata, items), Headers.EMPTY);
    }

    /** The list's envelope and, between commas, the stored bytes without what names the kind. */
    private static Parts json(ServedResource resource, Listed listed) {
        var entries = resource.form().served(listed.entries);
        var type = resource.type();
        var apiVersion = type.groupVersion().apiVersion();
        var parts = new Parts.Builder(2 * entries.size() + 2);
        var head = "{\"kind\":\"" + type.listKind() + "\",\"apiVersion\":\"" + apiVersion + "\",\"metadata\":"
                + metadata(listed) + ",\"items\":[";
        parts.add(utf8(head));
        var named = utf8("{\"kind\":\"" + type.kind() + "\",\"apiVersion\":\"" + apiVersion + "\",");
        for (int i = 0; i < entries.size(); i++) {
            var value = entries.get(i).value();
            if (startsWith(value, named)) {
                parts.add(i == 0 ? FIRST : NEXT).add(value, named.length);
            } else {
                parts.add(i == 0 ? NOTHING : COMMA).add(value);
            }
        }
        return parts.add(LIST_END).build();
    }

    /** Likewise of the metadata only. */
    private Parts partialJson(Negotiated form, ServedResource resource, Listed listed) {
        var parts = new Parts.Builder(4 * listed.entries.size() + 2);
        parts.add(utf8("{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"" + META_GROUP + form.version()
                + "\",\"metadata\":" + metadata(listed) + ",\"items\":["));
        boolean first = true;
        for (var entry : resource.form().served(listed.entries)) {
            var item = StoredMetadata.of(entry)
                    .map(metadata -> partial(metadata, form.version()))
                    .or(() -> objects.trees().tree(entry).map(tree -> Tree.json(partial(tree, form.version()))));
            if (item.isPresent()) {
                parts.add(first ? NOTHING : COMMA).add(item.get());
                first = false;
            }
        }
        return parts.add(LIST_END).build();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean startsWith(byte[] value, byte[] with) {
        return value.length > with.length && Arrays.equals(value, 0, with.length, with, 0, with.length);
    }

    private static ObjectNode withoutKind(ObjectNode object) {
        var item = Tree.object();
        object.forEachEntry((name, value) -> {
            if (!name.equals("kind") && !name.equals("apiVersion")) {
                item.set(name, value);
            }
        });
        return item;
    }

    private static ObjectNode metadata(Listed listed) {
        var metadata = Tree.object();
        metadata.put("resourceVersion", Long.toString(listed.revision));
        if (!listed.next.isEmpty()) {
            metadata.put("continue", listed.next);
            listed.remaining.ifPresent(n -> metadata.put("remainingItemCount", n));
        }
        return metadata;
    }

    private static ObjectNode listOf(String kind, String apiVersion, ObjectNode metadata, ArrayNode items) {
        var list = Tree.object();
        list.put("kind", kind).put("apiVersion", apiVersion);
        list.set("metadata", metadata);
        list.set("items", items);
        return list;
    }

    /** The same of metadata that are encoded already. */
    static byte[] partial(byte[] metadata, String version) {
        var head = "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"" + META_GROUP + version + "\",\"metadata\":";
        var bytes = Arrays.copyOf(head.getBytes(StandardCharsets.US_ASCII), head.length() + metadata.length + 1);
        System.arraycopy(metadata, 0, bytes, head.length(), metadata.length);
        bytes[bytes.length - 1] = '}';
        return bytes;
    }

    static ObjectNode partial(ObjectNode object, String version) {
        var partial = Tree.object();
        partial.put("kind", "PartialObjectMetadata").put("apiVersion", META_GROUP + version);
        partial.set("metadata", metadata(object));
        return partial;
    }

    static ObjectNode metadata(ObjectNode object) {
        return object.get("metadata") instanceof ObjectNode metadata ? metadata : Tree.object();
    }
}
