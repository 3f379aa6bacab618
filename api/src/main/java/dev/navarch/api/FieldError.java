package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.GoText;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A field that is wrong, and why; worded as upstream does (source: k8s.io/apimachinery
 * pkg/util/validation/field/errors.go).
 *
 * @param type what is wrong
 * @param field path such as {@code spec.containers[0].name}
 * @param badValue what was found: a string, number, boolean, tree, or {@link #OMITTED}; null prints as {@code null}
 * @param detail what would be right; may be empty
 */
public record FieldError(
        FieldErrorType type, String field, @Nullable Object badValue, String detail) {

    /** Stands for a bad value that is not to be shown. */
    public static final Object OMITTED = new Object() {
        @Override
        public String toString() {
            return "";
        }
    };

    public FieldError {
        requireNonNull(type, "type");
        requireNonNull(field, "field");
        requireNonNull(detail, "detail");
    }

    public static FieldError required(String field, String detail) {
        return new FieldError(FieldErrorType.REQUIRED, field, "", detail);
    }

    public static FieldError invalid(String field, @Nullable Object badValue, String detail) {
        return new FieldError(FieldErrorType.INVALID, field, badValue, detail);
    }

    public static FieldError duplicate(String field, @Nullable Object badValue) {
        return new FieldError(FieldErrorType.DUPLICATE, field, badValue, "");
    }

    public static FieldError forbidden(String field, String detail) {
        return new FieldError(FieldErrorType.FORBIDDEN, field, "", detail);
    }

    public static FieldError notFound(String field, @Nullable Object badValue) {
        return new FieldError(FieldErrorType.NOT_FOUND, field, badValue, "");
    }

    public static FieldError typeInvalid(String field, @Nullable Object badValue, String detail) {
        return new FieldError(FieldErrorType.TYPE_INVALID, field, badValue, detail);
    }

    public static FieldError notSupported(String field, @Nullable Object badValue, List<String> supported) {
        var detail = supported.isEmpty()
                ? ""
                : "supported values: " + supported.stream().map(GoText::quote).collect(Collectors.joining(", "));
        return new FieldError(FieldErrorType.NOT_SUPPORTED, field, badValue, detail);
    }

    public static FieldError tooLong(String field, int maxLength) {
        return new FieldError(
                FieldErrorType.TOO_LONG,
                field,
                "",
                maxLength < 0
                        ? "value is too long"
                        : "may not be more than " + maxLength + (maxLength == 1 ? " byte" : " bytes"));
    }

    public static FieldError tooMany(String field, int actual, int max) {
        return new FieldError(
                FieldErrorType.TOO_MANY,
                field,
                actual < 0 ? OMITTED : (Object) actual,
                max < 0 ? "has too many items" : "must have at most " + max + (max == 1 ? " item" : " items"));
    }

    public static FieldError internal(String field, String detail) {
        return new FieldError(FieldErrorType.INTERNAL, field, null, detail);
    }

    /** Path and body: {@code spec.containers[0].name: Required value}. */
    public String message() {
        return field + ": " + body();
    }

    /** The message without the path, as causes of a Status carry it. */
    public String body() {
        var start = switch (type) {
            case REQUIRED, FORBIDDEN, TOO_LONG, TOO_SHORT, INTERNAL -> type.text();
            case INVALID, TYPE_INVALID, NOT_SUPPORTED, NOT_FOUND, DUPLICATE, TOO_MANY, TOO_FEW ->
                badValue == OMITTED ? type.text() : type.text() + ": " + shown(badValue);
        };
        return detail.isEmpty() ? start : start + ": " + detail;
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String text -> GoText.quote(text);
            case JsonNode node when node.isString() -> GoText.quote(node.stringValue());
            case JsonNode node -> node.toString();
            case List<?> list -> list.stream().map(FieldError::jsonOf).collect(Collectors.joining(",", "[", "]"));
            default -> value.toString();
        };
    }

    private static String jsonOf(@Nullable Object value) {
        return value instanceof String text
                ? JsonNodeFactory.instance.stringNode(text).toString()
                : shown(value);
    }
}
