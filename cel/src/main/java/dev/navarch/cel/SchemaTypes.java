package dev.navarch.cel;

import dev.cel.common.types.SimpleType;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import dev.navarch.cel.ValueType.Kind;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The types of whole objects as their schemas tell them. What has no schema, or may be of several types, can be anything;
 * so is what contains itself, from the second time on (source: k8s.io/apiserver pkg/cel/common/schemas.go).
 */
public final class SchemaTypes {
    private SchemaTypes() {}

    /** @param name of the type; those of its parts begin with it */
    public static ValueType of(ObjectSchema schema, String name) {
        return object(schema, name, Set.of());
    }

    private static ValueType of(Schema schema, String name, Set<ObjectSchema> around) {
        return switch (schema) {
            case ScalarSchema scalar -> scalar(scalar);
            case ListSchema list -> ValueType.list(of(list.element(), name + ".@items", around));
            case MapSchema map -> ValueType.map(of(map.value(), name + ".@values", around));
            case ObjectSchema object -> object(object, name, around);
        };
    }

    private static ValueType scalar(ScalarSchema scalar) {
        return switch (scalar.type()) {
            case STRING, DURATION -> ValueType.STRING;
            case BOOL -> ValueType.BOOL;
            case INT32, INT64 -> ValueType.INT;
            case FLOAT64 -> ValueType.DOUBLE;
            case TIME, MICRO_TIME -> ValueType.TIMESTAMP;
            case BYTES -> new ValueType(SimpleType.BYTES, Kind.BYTES, ValueType.MAX_REQUEST_BYTES, 2, Map.of(), null);
            case QUANTITY, INT_OR_STRING, RAW, FIELDS_V1, JSON -> ValueType.DYN;
        };
    }

    private static ValueType object(ObjectSchema schema, String name, Set<ObjectSchema> around) {
        if (around.contains(schema)
                || schema.preservesUnknown() && schema.fields().isEmpty()) {
            return ValueType.DYN;
        }
        var inside = new HashSet<>(around);
        inside.add(schema);
        Map<String, ValueType> fields = new LinkedHashMap<>();
        for (Field field : schema.fields().values()) {
            var type = of(field.schema(), name + "." + field.name(), inside);
            FieldNames.escape(field.name()).ifPresent(escaped -> fields.put(escaped, type));
        }
        return ValueType.struct(name, fields);
    }
}
