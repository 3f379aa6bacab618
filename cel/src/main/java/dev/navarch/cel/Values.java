package dev.navarch.cel;

import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.navarch.api.values.GoDuration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.Set;
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
            case ARRAY -> new ListView(value, type == null ? null : type.element());
            case STRING, BINARY -> string(value.stringValue(), type);
            case BOOLEAN -> value.booleanValue();
            case NUMBER -> number(value, type);
            case NULL, MISSING, POJO -> NullValue.NULL_VALUE;
        };
    }

    /** A value of which nothing is known. */
    public static Object of(JsonNode value) {
        return of(value, null);
    }

    /** The tree that a value is a view of. */
    static Optional<JsonNode> viewed(Object value) {
        return switch (value) {
            case ObjectView view -> Optional.of(view.object);
            case ListView view -> Optional.of(view.list);
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
                case ANY, NUMBER, LIST, MAP, STRUCT -> text;
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

    private static final class ObjectView extends AbstractMap<String, Object> {
        private final JsonNode object;
        private final @Nullable ValueType type;

        ObjectView(JsonNode object, @Nullable ValueType type) {
            this.object = object;
            this.type = type;
        }

        private boolean isStruct() {
            return type != null && type.kind() == ValueType.Kind.STRUCT;
        }

        private @Nullable JsonNode find(Object key) {
            return key instanceof String name ? object.get(isStruct() ? FieldNames.unescape(name) : name) : null;
        }

        private @Nullable ValueType typeOf(String escaped) {
            if (type == null) {
                return null;
            }
            return isStruct() ? type.fields().get(escaped) : type.element();
        }

        @Override
        public boolean containsKey(Object key) {
            return find(key) != null;
        }

        @Override
        public @Nullable Object get(Object key) {
            var value = find(key);
            return value == null ? null : of(value, typeOf((String) key));
        }

        @Override
        public int size() {
            return object.size();
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public int size() {
                    return object.size();
                }

                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    var fields = object.properties().iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return fields.hasNext();
                        }

                        @Override
                        public Entry<String, Object> next() {
                            var field = fields.next();
                            return Map.entry(field.getKey(), of(field.getValue(), typeOf(field.getKey())));
                        }
                    };
                }
            };
        }
    }

    private static final class ListView extends AbstractList<Object> implements RandomAccess {
        private final JsonNode list;
        private final @Nullable ValueType element;

        ListView(JsonNode list, @Nullable ValueType element) {
            this.list = list;
            this.element = element;
        }

        @Override
        public Object get(int index) {
            var value = list.get(index);
            if (value == null) {
                throw new IndexOutOfBoundsException(index);
            }
            return of(value, element);
        }

        @Override
        public int size() {
            return list.size();
        }
    }
}
