package dev.navarch.api.custom;

import dev.navarch.api.custom.CustomVersion.PrinterColumn;
import dev.navarch.api.table.Column;
import dev.navarch.api.table.HumanDuration;
import dev.navarch.api.table.TablePrinter;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The table of a custom resource: its name and the columns that its version declares, or else its age (source:
 * k8s.io/apiextensions-apiserver pkg/registry/customresource/tableconvertor/tableconvertor.go).
 */
public final class CustomPrinter implements TablePrinter {
    private static final Column NAME = new Column(
            "Name",
            "string",
            "name",
            "Name must be unique within a namespace. Is required when creating resources, although some resources may"
                    + " allow a client to request the generation of an appropriate name automatically.",
            0);
    private static final PrinterColumn AGE =
            new PrinterColumn("Age", "date", "", "When the object was created.", 0, ".metadata.creationTimestamp");

    private final List<Column> columns = new ArrayList<>();
    private final List<PrinterColumn> declared;
    private final List<Optional<JsonPath>> paths;

    public CustomPrinter(CustomVersion version) {
        declared = version.columns().isEmpty() ? List.of(AGE) : version.columns();
        paths = declared.stream().map(c -> JsonPath.parse(c.path())).toList();
        columns.add(NAME);
        declared.forEach(c -> columns.add(new Column(c.name(), c.type(), c.format(), c.description(), c.priority())));
    }

    @Override
    public List<Column> columns() {
        return List.copyOf(columns);
    }

    @Override
    public List<Object> cells(ObjectNode object, Instant now) {
        List<Object> cells = new ArrayList<>();
        cells.add(object.path("metadata").path("name").asString(""));
        for (int i = 0; i < declared.size(); i++) {
            var found = paths.get(i).map(p -> p.find(object)).orElse(List.of());
            cells.add(
                    found.isEmpty()
                            ? NullNode.instance
                            : cell(found.getFirst(), declared.get(i).type(), now));
        }
        return cells;
    }

    private static Object cell(JsonNode value, String type, Instant now) {
        if (value.isNull()) {
            return NullNode.instance;
        }
        return switch (type) {
            case "integer" -> value.isNumber() ? value.longValue() : NullNode.instance;
            case "number" -> value.isNumber() ? value : NullNode.instance;
            case "boolean" -> value.isBoolean() ? value.booleanValue() : NullNode.instance;
            case "date" -> value.isString() ? age(value.stringValue(), now) : NullNode.instance;
            default -> value.isString() ? value.stringValue() : value.toString();
        };
    }

    private static String age(String timestamp, Instant now) {
        try {
            var then = OffsetDateTime.parse(timestamp).toInstant();
            return HumanDuration.of(Duration.between(then, now));
        } catch (DateTimeParseException _) {
            return "<invalid>";
        }
    }
}
