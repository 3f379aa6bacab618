package dev.navarch.apiserver.registry;

import dev.navarch.api.table.Column;
import dev.navarch.api.table.TablePrinter;
import dev.navarch.api.table.Tables;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows objects as the rows of a table (source: k8s.io/apiserver pkg/endpoints/handlers/response.go, asTable). */
final class TableForm {
    private static final List<String> LIST_META = List.of("resourceVersion", "continue", "remainingItemCount");

    private final Tables tables;
    private final TimeSource time;

    TableForm(Tables tables, TimeSource time) {
        this.tables = tables;
        this.time = time;
    }

    /** How much of its object each row has. */
    enum Include {
        METADATA,
        OBJECT,
        NONE;

        /** @throws ApiFailure 400 if it is none of these */
        static Include of(ApiRequest request) {
            var asked = request.query().value("includeObject");
            return switch (asked) {
                case "", "Metadata" -> METADATA;
                case "Object" -> OBJECT;
                case "None" -> NONE;
                default ->
                    throw ApiFailure.badRequest(
                            "Unable to convert to Table as requested: includeObject: Invalid value: "
                                    + GoText.quote(asked) + ": must be 'Metadata', 'Object', 'None', or empty");
            };
        }
    }

    /**
     * @param version of the table
     * @param shown in the stored form
     * @param metadata of a list or of the one object; only what a list's may have is taken
     */
    ObjectNode table(
            ServedResource resource,
            String version,
            Include include,
            List<ObjectNode> shown,
            JsonNode metadata,
            boolean withColumns) {
        // one printer for all versions of a kind, as upstream's are for its internal types
        var custom = resource.custom();
        var printer = custom.isPresent()
                ? custom.get().printer()
                : tables.of(resource.form().type());
        var table = Tree.object();
        table.put("kind", "Table").put("apiVersion", "meta.k8s.io/" + version);
        var own = table.putObject("metadata");
        for (var field : LIST_META) {
            if (metadata.get(field) != null) {
                own.set(field, metadata.get(field));
            }
        }
        if (withColumns) {
            var columns = table.putArray("columnDefinitions");
            printer.columns().forEach(c -> columns.add(column(c)));
        } else {
            table.putNull("columnDefinitions");
        }
        var rows = table.putArray("rows");
        for (var object : shown) {
            var served = resource.form().served(object);
            rows.add(row(cells(printer, custom.isPresent() ? served : object), served, version, include));
        }
        return table;
    }

    private static ObjectNode column(Column column) {
        return Tree.object()
                .put("name", column.name())
                .put("type", column.type())
                .put("format", column.format())
                .put("description", column.description())
                .put("priority", column.priority());
    }

    private static ObjectNode row(List<Object> values, ObjectNode object, String version, Include include) {
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
            case OBJECT -> row.set("object", object);
            case METADATA -> row.set("object", Renderer.partial(object, version));
            case NONE -> row.putNull("object");
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
}
