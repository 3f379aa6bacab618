package dev.navarch.cel;

import dev.cel.common.values.CelByteString;
import dev.navarch.api.values.GoDuration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Trees as values of expressions. Objects and lists are views: what no expression asks for is not converted (source:
 * k8s.io/apiserver pkg/cel/common/values.go).
 */
public final class Values {
    private Values() {}

    /** A value that a schema gave a type. */
    public static Object of(JsonNode value, @Nullable ValueType type) {
        return switch (value.getNodeType()) {
            case OBJECT -> new ObjectView(value, type);
            case ARRAY -> new ListView(value, type);
            case STRING, BINARY -> string(value.stringValue(), type);
            case BOOLEAN -> value.booleanValue();
            case NUMBER -> number(value, type);
            case NULL, MISSING, POJO -> Absent.ABSENT;
        };
    }

    /** An object that is not there. */
    public static Object absent() {
        return Absent.ABSENT;
    }

    /** A value of which nothing is known. */
    public static Object of(JsonNode value) {
        return of(value, null);
    }

    /** The tree that a value is a view of. */
    static Optional<JsonNode> viewed(Object value) {
        return switch (value) {
            case ObjectView view -> Optional.of(view.object());
            case ListView view -> Optional.of(view.list());
            default -> Optional.empty();
        };
    }

    private static Object number(JsonNode value, @Nullable ValueType type) {
        if (!value.isIntegralNumber() || type != null && type.kind() == ValueType.Kind.NUMBER) {
            return value.doubleValue();
        }
        return value.longValue();
    }

    /** Text that is not what its format says stays text; the schema's validation complains of it. */
    private static Object string(String text, @Nullable ValueType type) {
        if (type == null) {
            return text;
        }
        try {
            return switch (type.kind()) {
                case BYTES -> CelByteString.of(Base64.getDecoder().decode(text));
                case TIMESTAMP -> timestamp(text);
                case DURATION -> GoDuration.parse(text);
                case ANY, NUMBER, LIST, SET, KEYED, MAP, STRUCT -> text;
            };
        } catch (IllegalArgumentException | DateTimeParseException _) {
            return text;
        }
    }

    private static Instant timestamp(String text) {
        return text.length() == 10
                ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                : OffsetDateTime.parse(text).toInstant();
    }
}
