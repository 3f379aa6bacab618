package dev.navarch.cel;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.navarch.api.structural.Structural;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The type of values in expressions, with what is known of their size: what a schema says, or else what fits into a
 * request (source: k8s.io/apiserver pkg/cel/common/schemas.go and pkg/cel/limits.go).
 *
 * @param type for the checker of expressions
 * @param kind how a tree's values are read
 * @param maxElements how many characters, bytes, elements or entries a value can have
 * @param minSize how many bytes a value takes at least
 * @param fields of structs, by their escaped names; of keyed lists those that are keys, by their own names
 * @param element of lists and maps
 */
public record ValueType(
        CelType type,
        Kind kind,
        long maxElements,
        long minSize,
        Map<String, ValueType> fields,
        @Nullable ValueType element) {

    /** How a tree's value becomes one of expressions. */
    public enum Kind {
        ANY,
        BYTES,
        TIMESTAMP,
        DURATION,
        NUMBER,
        LIST,
        /** A list whose order does not count. */
        SET,
        /** A list of objects that are told apart by some of their fields. */
        KEYED,
        MAP,
        STRUCT
    }

    static final long MAX_REQUEST_BYTES = 3L * 1024 * 1024;
    private static final long MOST_CHARACTERS = MAX_REQUEST_BYTES - 2;

    public static final ValueType DYN = scalar(SimpleType.DYN, Kind.ANY, MOST_CHARACTERS, 1);
    public static final ValueType BOOL = scalar(SimpleType.BOOL, Kind.ANY, 0, 4);
    public static final ValueType STRING = scalar(SimpleType.STRING, Kind.ANY, MOST_CHARACTERS, 2);
    public static final ValueType INT = scalar(SimpleType.INT, Kind.ANY, 0, 1);
    public static final ValueType TIMESTAMP = scalar(SimpleType.TIMESTAMP, Kind.TIMESTAMP, 37, 22);
    public static final ValueType DOUBLE = scalar(SimpleType.DOUBLE, Kind.NUMBER, 0, 1);

    private static ValueType scalar(CelType type, Kind kind, long maxElements, long minSize) {
        return new ValueType(type, kind, maxElements, minSize, Map.of(), null);
    }

    /** Of an object with exactly these fields; {@code name} is unique in an environment. */
    public static ValueType struct(String name, Map<String, ValueType> fields) {
        return struct(name, fields, 2);
    }

    private static ValueType struct(String name, Map<String, ValueType> fields, long minSize) {
        var types = ImmutableMap.<String, CelType>builder();
        fields.forEach((field, of) -> types.put(field, of.type));
        ImmutableMap<String, CelType> byName = types.build();
        var type = StructType.create(name, byName.keySet(), field -> Optional.ofNullable(byName.get(field)));
        return new ValueType(type, Kind.STRUCT, MOST_CHARACTERS, minSize, fields, null);
    }

    public static ValueType list(ValueType element) {
        return list(element, (MAX_REQUEST_BYTES - 2) / (element.minSize + 1));
    }

    private static ValueType list(ValueType element, long most) {
        return new ValueType(ListType.create(element.type), Kind.LIST, most, 2, Map.of(), element);
    }

    public static ValueType map(ValueType element) {
        return map(element, (MAX_REQUEST_BYTES - 2) / (element.minSize + 6));
    }

    /** @param most how many entries there can be */
    public static ValueType map(ValueType element, long most) {
        return new ValueType(MapType.create(SimpleType.STRING, element.type), Kind.MAP, most, 2, Map.of(), element);
    }

    /** Of any other type, such as that of an authorizer. */
    public static ValueType opaque(CelType type) {
        return scalar(type, Kind.ANY, 0, 1);
    }

    /**
     * What a schema says; nothing where it leaves a value unknown, which expressions then can't name.
     *
     * @param root whether it is the schema of a whole object, whose names and kind can always be named
     */
    public static Optional<ValueType> of(Structural schema, boolean root) {
        return Optional.ofNullable(read(schema, root, "selfType"));
    }

    private static @Nullable ValueType read(Structural schema, boolean root, String name) {
        if (schema.traits().intOrString()) {
            return scalar(SimpleType.DYN, Kind.ANY, characters(schema), 1);
        }
        return switch (root ? "object" : schema.type()) {
            case "array" -> listOf(schema, name);
            case "object" -> objectOf(schema, root, name);
            case "string" -> stringOf(schema);
            case "boolean" -> BOOL;
            case "number" -> DOUBLE;
            case "integer" -> INT;
            default -> null;
        };
    }

    private static @Nullable ValueType listOf(Structural schema, String name) {
        var items = schema.items();
        var element = items == null ? null : read(items, items.traits().embeddedResource(), name + ".@items");
        if (element == null) {
            return null;
        }
        var most = schema.checks().maxItems();
        var list = most.isPresent() ? list(element, Math.max(0, most.getAsLong())) : list(element);
        return switch (schema.traits().listType()) {
            case "set" -> list.as(Kind.SET, Map.of());
            case "map" -> {
                Map<String, ValueType> keys = new LinkedHashMap<>();
                schema.traits().listMapKeys().forEach(key -> keys.put(key, DYN));
                yield list.as(Kind.KEYED, keys);
            }
            default -> list;
        };
    }

    /** The same of at most so many characters, bytes, elements or entries. */
    public ValueType ofAtMost(long elements) {
        return new ValueType(type, kind, elements, minSize, fields, element);
    }

    private ValueType as(Kind other, Map<String, ValueType> keys) {
        return new ValueType(type, other, maxElements, minSize, keys, element);
    }

    private static @Nullable ValueType objectOf(Structural schema, boolean root, String name) {
        var additional = schema.additional();
        if (additional != null && !root) {
            var element = read(additional, additional.traits().embeddedResource(), name + ".@values");
            if (element == null) {
                return null;
            }
            var most = schema.checks().maxProperties();
            return most.isPresent() ? map(element, Math.max(0, most.getAsLong())) : map(element);
        }
        if (schema.others() != null && schema.properties().isEmpty() && !root) {
            return null;
        }
        var fields = new LinkedHashMap<String, ValueType>();
        long minSize = 2;
        for (var property : schema.properties().entrySet()) {
            var below = property.getValue();
            var type = read(below, below.traits().embeddedResource(), name + "." + property.getKey());
            if (type == null) {
                continue;
            }
            FieldNames.escape(property.getKey()).ifPresent(escaped -> fields.put(escaped, type));
            if (schema.checks().required().contains(property.getKey()) && below.defaultValue() == null) {
                minSize += property.getKey().length() + type.minSize + 4;
            }
        }
        if (root) {
            fields.putIfAbsent("apiVersion", STRING);
            fields.putIfAbsent("kind", STRING);
            var metadata = new LinkedHashMap<String, ValueType>();
            var given = fields.get("metadata");
            metadata.put("name", given == null ? STRING : given.fields.getOrDefault("name", STRING));
            metadata.put("generateName", given == null ? STRING : given.fields.getOrDefault("generateName", STRING));
            fields.put("metadata", struct(name + ".metadata", metadata));
        }
        return struct(name, fields, minSize);
    }

    private static ValueType stringOf(Structural schema) {
        return switch (schema.checks().format()) {
            case "byte" -> scalar(SimpleType.BYTES, Kind.BYTES, characters(schema), 2);
            case "duration" -> scalar(SimpleType.DURATION, Kind.DURATION, 32, 4);
            case "date" -> scalar(SimpleType.TIMESTAMP, Kind.TIMESTAMP, 12, 12);
            case "date-time" -> TIMESTAMP;
            default -> scalar(SimpleType.STRING, Kind.ANY, characters(schema), 2);
        };
    }

    private static long characters(Structural schema) {
        var checks = schema.checks();
        if (checks.maxLength().isPresent()) {
            return Math.max(0, checks.maxLength().getAsLong())
                    * (checks.format().equals("byte") ? 1 : 4);
        }
        if (!checks.values().isEmpty() && !schema.traits().intOrString()) {
            return checks.values().stream()
                    .mapToLong(v -> v.isString() ? v.stringValue().length() : 0)
                    .max()
                    .orElse(0);
        }
        return MOST_CHARACTERS;
    }

    /** This type and all below it that have names. */
    void structs(Consumer<StructType> found) {
        if (type instanceof StructType struct) {
            found.accept(struct);
        }
        fields.values().forEach(f -> f.structs(found));
        if (element != null) {
            element.structs(found);
        }
    }
}
