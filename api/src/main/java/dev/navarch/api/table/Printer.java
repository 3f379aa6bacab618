package dev.navarch.api.table;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** A table put together from columns and the functions that fill them. */
final class Printer implements TablePrinter {
    private final List<Column> columns;
    private final List<Function<Row, Object>> cells;

    private Printer(Builder builder) {
        columns = List.copyOf(builder.columns);
        cells = List.copyOf(builder.cells);
    }

    /** Begins a table whose first column is the name. */
    static Builder named() {
        return unnamed().name(row -> row.text("metadata.name"));
    }

    /** Begins a table without columns. */
    static Builder unnamed() {
        return new Builder();
    }

    @Override
    public List<Column> columns() {
        return columns;
    }

    @Override
    public List<Object> cells(ObjectNode object, Instant now) {
        Row row = new Row(object, now);
        List<Object> values = new ArrayList<>(cells.size());
        for (Function<Row, Object> cell : cells) {
            values.add(cell.apply(row));
        }
        return values;
    }

    /** Collects columns, in the order in which they are shown. */
    static final class Builder {
        private final List<Column> columns = new ArrayList<>();
        private final List<Function<Row, Object>> cells = new ArrayList<>();

        private Builder add(
                String name, String type, String format, String description, int priority, Function<Row, Object> cell) {
            columns.add(new Column(name, type, format, description, priority));
            cells.add(cell);
            return this;
        }

        /** The column that names the object, filled in another way than with its name alone. */
        Builder name(Function<Row, Object> cell) {
            return add("Name", "string", "name", "The object's name.", 0, cell);
        }

        Builder column(String name, String type, String description, Function<Row, Object> cell) {
            return add(name, type, "", description, 0, cell);
        }

        Builder text(String name, String description, Function<Row, Object> cell) {
            return column(name, "string", description, cell);
        }

        Builder number(String name, String description, Function<Row, Object> cell) {
            return column(name, "integer", description, cell);
        }

        /** A column of the wide form. */
        Builder wide(String name, String description, Function<Row, Object> cell) {
            return add(name, "string", "", description, 1, cell);
        }

        Builder wideNumber(String name, String description, Function<Row, Object> cell) {
            return add(name, "integer", "", description, 1, cell);
        }

        /** The wide column that names the object, where the name is not what matters most. */
        Builder wideName() {
            return add("Name", "string", "name", "The object's name.", 1, row -> row.text("metadata.name"));
        }

        Builder age() {
            return text("Age", "How long ago the object was created.", Row::age);
        }

        Printer build() {
            return new Printer(this);
        }
    }
}
