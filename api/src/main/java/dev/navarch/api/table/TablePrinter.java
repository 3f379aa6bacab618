package dev.navarch.api.table;

import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The table of one kind. */
public interface TablePrinter {
    /** All columns, those of the wide form among them. */
    List<Column> columns();

    /**
     * The cells of an object, one a column: texts, whole numbers or booleans.
     *
     * @param now as of when ages are told
     */
    List<Object> cells(ObjectNode object, Instant now);
}
