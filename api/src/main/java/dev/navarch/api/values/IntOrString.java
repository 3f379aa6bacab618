package dev.navarch.api.values;

import tools.jackson.databind.JsonNode;

/**
 * A number or a text, as in {@code targetPort: 80} and {@code maxSurge: 25%}.
 *
 * <p>Source: apimachinery pkg/util/intstr/intstr.go.
 */
public sealed interface IntOrString {
    record Number(int value) implements IntOrString {
        @Override
        public String toString() {
            return Integer.toString(value);
        }
    }

    record Text(String value) implements IntOrString {
        @Override
        public String toString() {
            return value;
        }
    }

    /** The value of a field; one that is neither number nor text counts as zero. */
    static IntOrString of(JsonNode field) {
        return field.isString() ? new Text(field.stringValue()) : new Number(field.asInt(0));
    }

    /**
     * The number itself, or the percentage of {@code total}.
     *
     * @param up whether a fraction counts as a whole one
     * @throws IllegalArgumentException if the text is no percentage
     */
    default int scaled(int total, boolean up) {
        return switch (this) {
            case Number(int value) -> value;
            case Text(String value) -> {
                long part = (long) percentage(value) * total;
                yield Math.toIntExact(up ? Math.ceilDiv(part, 100) : Math.floorDiv(part, 100));
            }
        };
    }

    private static int percentage(String text) {
        if (!text.endsWith("%")) {
            throw new IllegalArgumentException(
                    "invalid value for IntOrString: invalid type: string is not a percentage");
        }
        try {
            return Integer.parseInt(text.substring(0, text.length() - 1));
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("invalid value for IntOrString: invalid value \"" + text + "\"");
        }
    }
}
