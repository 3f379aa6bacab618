package dev.navarch.apiserver.registry;

import dev.navarch.api.table.Column;
import dev.navarch.api.table.TablePrinter;
import dev.navarch.api.table.Tables;
import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.registry.Negotiated.Format;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.time.TimeSource;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows objects and lists in the form that was negotiated: as they are, as tables, or their metadata only (source:
 * k8s.io/apiserver pkg/endpoints/handlers/response.go). Objects in their stored form are shown by their bytes, unread.
 */
final class Renderer {
    private static final byte[] NEWLINE = {'\n'};
    private static final byte[] COMMA = {','};
    private static final byte[] LIST_END = "]}\n".getBytes(StandardCharsets.UTF_8);

    private final Objects objects;
    private final Tables tables;
    private final TimeSource time;

    Renderer(Objects objects, Tables tables, TimeSource time) {
        this.objects = objects;
        this.tables = tables;
        this.time = time;
    }

    /** A page of a list. {@code next} is empty on the last one; {@code remaining} if it is not known. */
    record Listed(List<Entry> entries, long revision, String next, Optional<Long> remaining) {}

    ApiResponse.Whole object(
            int status, ApiRequest request, Negotiated form, ServedResource resource, Entry entry, Headers headers) {
        if (form.plainJson()) {
            var shown = resource.form().served(entry);
            return new ApiResponse.Whole(status, ApiResponse.JSON, headers, List.of(shown.value(), NEWLINE));
        }
        return tree(status, request, form, resource, objects.tree(entry), headers);
    }

    ApiResponse.Whole tree(
            int status,
            ApiRequest request,
            Negotiated form,
            ServedResource resource,
            ObjectNode object,
            Headers headers) {
        var shown = switch (form.shape()) {
            case OBJECT -> resource.form().served(object);
            case PARTIAL -> partial(resource.form().served(object), form.version());
            case TABLE -> table(request, form, resource, List.of(object), Tree.at(object, "metadata"), true);
        };
        return document(status, form, shown, headers);
    }

    /** Any document, in the format negotiated for it. */
    static ApiResponse.Whole document(int status, Negotiated form, ObjectNode document, Headers headers) {
        return new ApiResponse.Whole(
                status, form.format().mediaType(), headers, List.of(Documents.write(document, form)));
    }

    ApiResponse.Whole list(ApiRequest request, Negotiated form, ServedResource resource, Listed listed) {
        if (form.plainJson()) {
            return ApiResponse.json(200, bytes(resource, listed));
        }
        var metadata = metadata(listed);
        List<ObjectNode> shown = new ArrayList<>(listed.entries.size());
        for (var entry : listed.entries) {
            objects.trees().tree(entry).ifPresent(shown::add);
        }
        var document = switch (form.shape()) {
            case TABLE -> table(request, form, resource, shown, metadata, true);
            case OBJECT -> {
                var items = Tree.array();
                shown.forEach(o -> items.add(resource.form().served(o)));
                yield listOf(
                        resource.type().listKind(),
                        resource.type().groupVersion().apiVersion(),
                        metadata,
                        items);
            }
            case PARTIAL -> {
                var items = Tree.array();
                shown.forEach(o -> items.add(partial(resource.form().served(o), form.version())));
                yield listOf("PartialObjectMetadataList", "meta.k8s.io/" + form.version(), metadata, items);
            }
        };
        return document(200, form, document, Headers.EMPTY);
    }

    /** The list's envelope and, between commas, the bytes of each. */
    private static List<byte[]> bytes(ServedResource resource, Listed listed) {
        var entries = listed.entries;
        List<byte[]> parts = new ArrayList<>(2 * entries.size() + 2);
        var head = "{\"kind\":\"" + resource.type().listKind() + "\",\"apiVersion\":\""
                + resource.type().groupVersion().apiVersion() + "\",\"metadata\":" + metadata(listed) + ",\"items\":[";
        parts.add(head.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < entries.size(); i++) {
            if (i > 0) {
                parts.add(COMMA);
            }
            parts.add(resource.form().served(entries.get(i)).value());
        }
        parts.add(LIST_END);
        return parts;
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

    static ObjectNode partial(ObjectNode object, String version) {
        var partial = Tree.object();
        partial.put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/" + version);
        partial.set("metadata", Tree.at(object, "metadata").isObject() ? object.get("metadata") : Tree.object());
        return partial;
    }

    /** @param metadata of a list or of the one object; only what a list's may have is taken */
    ObjectNode table(
            ApiRequest request,
            Negotiated form,
            ServedResource resource,
            List<ObjectNode> shown,
            JsonNode metadata,
            boolean withColumns) {
        // one printer for all versions of a kind, as upstream's are for its internal types
        var printer = tables.of(resource.form().type());
        var table = Tree.object();
        table.put("kind", "Table").put("apiVersion", "meta.k8s.io/" + form.version());
        var own = table.putObject("metadata");
        for (var field : List.of("resourceVersion", "continue", "remainingItemCount")) {
            if (metadata.get(field) != null) {
                own.set(field, metadata.get(field));
            }
        }
        var columns = table.putArray("columnDefinitions");
        if (withColumns) {
            printer.columns().forEach(c -> columns.add(column(c)));
        }
        var rows = table.putArray("rows");
        var include = include(request);
        for (var object : shown) {
            rows.add(row(cells(printer, object), resource.form().served(object), form, include));
        }
        return table;
    }

    private static String include(ApiRequest request) {
        var include = request.query().value("includeObject");
        if (!List.of("", "None", "Metadata", "Object").contains(include)) {
            throw ApiFailure.badRequest("unrecognized includeObject value: \"" + include + "\"");
        }
        return include.isEmpty() ? "Metadata" : include;
    }

    private static ObjectNode column(Column column) {
        return Tree.object()
                .put("name", column.name())
                .put("type", column.type())
                .put("format", column.format())
                .put("description", column.description())
                .put("priority", column.priority());
    }

    private static ObjectNode row(List<Object> values, ObjectNode object, Negotiated form, String include) {
        var row = Tree.object();
        var cells = row.putArray("cells");
        for (var cell : values) {
            switch (cell) {
                case Integer number -> cells.add(number);
                case Long number -> cells.add(number);
                case Double number -> cells.add(number);
                case BigDecimal number -> cells.add(number);
                case Boolean truth -> cells.add(truth);
                case JsonNode node -> cells.add(node);
                default -> cells.add(cell.toString());
            }
        }
        switch (include) {
            case "Object" -> row.set("object", object);
            case "Metadata" -> row.set("object", partial(object, form.version()));
            default -> {}
        }
        return row;
    }

    /** A printer that stumbles over one odd object must not take the whole table down. */
    private List<Object> cells(TablePrinter printer, ObjectNode object) {
        try {
            return printer.cells(object, time.now());
        } catch (RuntimeException _) {
            List<Object> cells = new ArrayList<>();
            cells.add(Meta.name(object));
            while (cells.size() < printer.columns().size()) {
                cells.add("<unknown>");
            }
            return cells;
        }
    }

    static boolean streams(Negotiated form) {
        return form.format() == Format.JSON;
    }
}
