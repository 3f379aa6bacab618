package dev.navarch.api.table;

/**
 * A column of a table.
 *
 * @param type {@code string}, {@code integer}, {@code number}, {@code boolean} or {@code date}
 * @param format such as {@code name} for the column that names the object; may be empty
 * @param priority 0 for what is always shown, 1 for what only the wide form shows
 */
public record Column(String name, String type, String format, String description, int priority) {}
