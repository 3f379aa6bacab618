package dev.navarch.api.protobuf;

import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.time.Instant;
import java.util.Base64;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Writes trees as messages, the way gogo-protobuf does: fields that Go cannot leave out are always there. */
final class MessageWriter {

    private final ProtobufCodec codec;
    private final ObjectEncoder json = new ObjectEncoder();

    MessageWriter(ProtobufCodec codec) {
        this.codec = codec;
    }

    byte[] write(@Nullable JsonNode tree, ObjectSchema schema) {
        return object(tree, codec.plan(schema)).toByteArray();
    }

    private ProtobufBytes object(@Nullable JsonNode tree, MessagePlan plan) {
        var out = new ProtobufBytes();
        for (var part : plan.parts()) {
            switch (part) {
                case MessagePlan.Embedded embedded -> out.message(embedded.number(), object(tree, embedded.plan()));
                case MessagePlan.Leaf leaf -> field(out, leaf.number(), leaf.field(), tree);
            }
        }
        return out;
    }

    private void field(ProtobufBytes out, int number, Field field, @Nullable JsonNode tree) {
        var value = tree == null ? null : tree.get(field.name());
        if (value == null || value.isNull()) {
            if (!field.pointer()) {
                zero(out, number, field.schema());
            }
            return;
        }
        switch (field.schema()) {
            case ListSchema list
            when field.schema().goType().equals("v1.Verbs") -> out.message(number, items(value, list));
            case ListSchema list -> value.forEach(v -> value(out, number, v, list.element()));
            case MapSchema map -> map(out, number, value, map);
            case ObjectSchema _, ScalarSchema _ -> value(out, number, value, field.schema());
        }
    }

    private void map(ProtobufBytes out, int number, JsonNode value, MapSchema schema) {
        for (var key : new TreeSet<>(value.propertyNames())) {
            var entry = new ProtobufBytes();
            entry.string(1, key);
            value(entry, 2, value.get(key), schema.value());
            out.message(number, entry);
        }
    }

    /** A list that is a value of a map, or of a named type, is a message with the elements. */
    private ProtobufBytes items(JsonNode value, ListSchema schema) {
        var out = new ProtobufBytes();
        value.forEach(v -> value(out, 1, v, schema.element()));
        return out;
    }

    private void value(ProtobufBytes out, int number, JsonNode value, Schema schema) {
        if (value.isNull()) {
            zero(out, number, schema);
            return;
        }
        switch (schema) {
            case ObjectSchema object -> out.message(number, object(value, codec.plan(object)));
            case ListSchema list -> out.message(number, items(value, list));
            case MapSchema map -> map(out, number, value, map);
            case ScalarSchema scalar -> scalar(out, number, value, scalar);
        }
    }

    private void scalar(ProtobufBytes out, int number, JsonNode value, ScalarSchema schema) {
        switch (schema.type()) {
            case STRING -> out.string(number, value.asString(""));
            case BOOL -> out.integer(number, value.asBoolean(false) ? 1 : 0);
            case INT32, INT64 -> out.integer(number, value.asLong(0));
            case FLOAT64 -> out.floating(number, value.asDouble(0));
            case BYTES -> out.bytes(number, Base64.getDecoder().decode(value.asString("")));
            case QUANTITY -> {
                var quantity = new ProtobufBytes();
                quantity.string(1, value.asString("0"));
                out.message(number, quantity);
            }
            case INT_OR_STRING -> out.message(number, intOrString(value));
            case TIME, MICRO_TIME -> out.message(number, time(value, schema.type()));
            case DURATION -> out.message(number, new ProtobufBytes());
            case RAW, FIELDS_V1 -> out.message(number, raw(value));
            case JSON -> out.message(number, special(value, schema));
        }
    }

    /** What a field that Go cannot leave out looks like when it is not there. */
    private void zero(ProtobufBytes out, int number, Schema schema) {
        switch (schema) {
            case ObjectSchema object -> out.message(number, object(null, codec.plan(object)));
            case ListSchema _, MapSchema _ -> {}
            case ScalarSchema scalar -> {
                switch (scalar.type()) {
                    case STRING -> out.string(number, "");
                    case BOOL, INT32, INT64 -> out.integer(number, 0);
                    case FLOAT64 -> out.floating(number, 0);
                    case BYTES -> {}
                    case QUANTITY -> {
                        var quantity = new ProtobufBytes();
                        quantity.string(1, "0");
                        out.message(number, quantity);
                    }
                    case INT_OR_STRING -> {
                        var zero = new ProtobufBytes();
                        zero.integer(1, 0);
                        zero.integer(2, 0);
                        zero.string(3, "");
                        out.message(number, zero);
                    }
                    case TIME, MICRO_TIME, DURATION, RAW, FIELDS_V1, JSON -> out.message(number, new ProtobufBytes());
                }
            }
        }
    }

    private static ProtobufBytes intOrString(JsonNode value) {
        var out = new ProtobufBytes();
        out.integer(1, value.isString() ? 1 : 0);
        out.integer(2, value.isString() ? 0 : value.asInt(0));
        out.string(3, value.isString() ? value.stringValue() : "");
        return out;
    }

    /** A {@code Time} has its fraction cut; upstream cuts that of a {@code MicroTime} to microseconds. */
    private static ProtobufBytes time(JsonNode value, ScalarType type) {
        var time = Instant.parse(value.asString());
        var out = new ProtobufBytes();
        out.integer(1, time.getEpochSecond());
        out.integer(2, type == ScalarType.TIME ? 0 : time.getNano());
        return out;
    }

    private ProtobufBytes raw(JsonNode value) {
        var out = new ProtobufBytes();
        out.bytes(1, json.encodeUntyped(value));
        return out;
    }

    private ProtobufBytes special(JsonNode value, ScalarSchema schema) {
        var props = codec.jsonSchemaProps();
        var out = new ProtobufBytes();
        switch (schema.goType()) {
            case "v1.JSONSchemaPropsOrArray" -> {
                if (value.isArray()) {
                    value.forEach(v -> out.bytes(2, write(v, props)));
                } else {
                    out.bytes(1, write(value, props));
                }
            }
            case "v1.JSONSchemaPropsOrBool" -> {
                out.integer(1, value.isBoolean() && !value.booleanValue() ? 0 : 1);
                if (value.isObject()) {
                    out.bytes(2, write(value, props));
                }
            }
            case "v1.JSONSchemaPropsOrStringArray" -> {
                if (value.isArray()) {
                    value.forEach(v -> out.string(2, v.asString("")));
                } else {
                    out.bytes(1, write(value, props));
                }
            }
            default -> out.bytes(1, json.encodeUntyped(value));
        }
        return out;
    }
}
