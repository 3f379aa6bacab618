package dev.navarch.api.protobuf;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.Nodes;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import dev.navarch.api.values.Timestamps;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads messages into trees. Nesting is bounded as it is in JSON. For one message. */
final class MessageReader {

    private static final JsonNodeFactory NODES = Nodes.INSTANCE;

    private final ProtobufCodec codec;
    private final ObjectMapper json = new ObjectMapper();
    private int depth;

    MessageReader(ProtobufCodec codec) {
        this.codec = codec;
    }

    ObjectNode read(ProtobufInput in, ObjectSchema schema) {
        var node = NODES.objectNode();
        read(in, codec.plan(schema), node);
        return node;
    }

    private void read(ProtobufInput in, MessagePlan plan, ObjectNode node) {
        if (++depth > ObjectDecoder.MAX_DEPTH) {
            throw new BadBodyException("exceeded max depth");
        }
        while (in.next()) {
            switch (plan.byNumber().get(in.field())) {
                case null -> in.skip();
                case MessagePlan.Embedded embedded -> read(in.message(), embedded.plan(), node);
                case MessagePlan.Leaf leaf -> field(in, leaf.field(), node);
            }
        }
        depth--;
    }

    private void field(ProtobufInput in, Field field, ObjectNode node) {
        var name = field.name();
        switch (field.schema()) {
            case ListSchema list when list.goType().equals("v1.Verbs") -> node.set(name, items(in.message(), list));
            case ListSchema list ->
                elements(in, list.element(), node.get(name) instanceof ArrayNode array ? array : node.putArray(name));
            case MapSchema map ->
                entry(in.message(), map, node.get(name) instanceof ObjectNode object ? object : node.putObject(name));
            case ObjectSchema object -> {
                var value = read(in.message(), object);
                if (field.pointer() || !value.isEmpty()) {
                    node.set(name, value);
                }
            }
            case ScalarSchema scalar -> {
                var value = scalar(in, scalar);
                if (!value.isNull() && (field.pointer() || !isZero(value, scalar.type()))) {
                    node.set(name, value);
                }
            }
        }
    }

    /** One element, or several numbers that stand together as proto3 writes them. */
    private void elements(ProtobufInput in, Schema element, ArrayNode array) {
        boolean number = element instanceof ScalarSchema scalar
                && (scalar.type() == ScalarType.INT32 || scalar.type() == ScalarType.INT64);
        if (number && in.lengthDelimited()) {
            for (var numbers = in.message(); numbers.hasMore(); ) {
                array.add(number(numbers.varint()));
            }
        } else {
            array.add(value(in, element));
        }
    }

    private static JsonNode number(long value) {
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    private static boolean isZero(JsonNode value, ScalarType type) {
        return switch (type) {
            case STRING -> value.stringValue().isEmpty();
            case BOOL -> !value.booleanValue();
            case INT32, INT64, FLOAT64 -> value.doubleValue() == 0;
            case INT_OR_STRING -> value.isString() ? value.stringValue().isEmpty() : value.intValue() == 0;
            case BYTES, QUANTITY, TIME, MICRO_TIME, DURATION, RAW, FIELDS_V1, JSON -> false;
        };
    }

    private void entry(ProtobufInput in, MapSchema schema, ObjectNode node) {
        var key = "";
        JsonNode value = NODES.nullNode();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> key = in.string();
                case 2 -> value = value(in, schema.value());
                default -> in.skip();
            }
        }
        node.set(key, value);
    }

    private ArrayNode items(ProtobufInput in, ListSchema schema) {
        var node = NODES.arrayNode();
        while (in.next()) {
            if (in.field() == 1) {
                node.add(value(in, schema.element()));
            } else {
                in.skip();
            }
        }
        return node;
    }

    private JsonNode value(ProtobufInput in, Schema schema) {
        return switch (schema) {
            case ObjectSchema object -> read(in.message(), object);
            case ListSchema list -> items(in.message(), list);
            case MapSchema map -> {
                var node = NODES.objectNode();
                entry(in.message(), map, node);
                yield node;
            }
            case ScalarSchema scalar -> scalar(in, scalar);
        };
    }

    private JsonNode scalar(ProtobufInput in, ScalarSchema schema) {
        return switch (schema.type()) {
            case STRING -> NODES.stringNode(in.string());
            case BOOL -> NODES.booleanNode(in.integer() != 0);
            case INT32 -> NODES.numberNode((int) in.integer());
            case INT64 -> number(in.integer());
            case FLOAT64 -> NODES.numberNode(in.floating());
            case BYTES -> NODES.stringNode(Base64.getEncoder().encodeToString(in.bytes()));
            case QUANTITY -> quantity(in.message());
            case INT_OR_STRING -> intOrString(in.message());
            case TIME, MICRO_TIME -> time(in.message(), schema.type());
            case DURATION -> duration(in.message());
            case RAW, FIELDS_V1 -> raw(in.message());
            case JSON -> special(in.message(), schema);
        };
    }

    private static JsonNode quantity(ProtobufInput in) {
        var text = "0";
        while (in.next()) {
            if (in.field() == 1) {
                text = in.string();
            } else {
                in.skip();
            }
        }
        return NODES.stringNode(text);
    }

    private static JsonNode intOrString(ProtobufInput in) {
        long type = 0;
        long number = 0;
        var text = "";
        while (in.next()) {
            switch (in.field()) {
                case 1 -> type = in.integer();
                case 2 -> number = in.integer();
                case 3 -> text = in.string();
                default -> in.skip();
            }
        }
        return type == 1 ? NODES.stringNode(text) : NODES.numberNode((int) number);
    }

    private static JsonNode time(ProtobufInput in, ScalarType type) {
        boolean empty = true;
        long seconds = 0;
        long nanos = 0;
        while (in.next()) {
            empty = false;
            switch (in.field()) {
                case 1 -> seconds = in.integer();
                case 2 -> nanos = in.integer();
                default -> in.skip();
            }
        }
        if (empty) {
            return NODES.nullNode();
        }
        try {
            var time = Instant.ofEpochSecond(seconds, nanos);
            return NODES.stringNode(type == ScalarType.TIME ? Timestamps.seconds(time) : Timestamps.micros(time));
        } catch (DateTimeException | ArithmeticException _) {
            throw new BadBodyException("time out of range");
        }
    }

    /** In a form that Go reads: seconds, with a fraction if there is one. */
    private static JsonNode duration(ProtobufInput in) {
        long nanos = 0;
        while (in.next()) {
            if (in.field() == 1) {
                nanos = in.integer();
            } else {
                in.skip();
            }
        }
        return NODES.stringNode(
                BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString() + "s");
    }

    private JsonNode raw(ProtobufInput in) {
        JsonNode node = NODES.nullNode();
        while (in.next()) {
            if (in.field() == 1) {
                node = json(in.bytes());
            } else {
                in.skip();
            }
        }
        return node;
    }

    private JsonNode json(byte[] text) {
        if (text.length == 0) {
            return NODES.nullNode();
        }
        try {
            return json.readTree(text);
        } catch (JacksonException e) {
            throw new BadBodyException("json: " + e.getOriginalMessage());
        }
    }

    private JsonNode special(ProtobufInput in, ScalarSchema schema) {
        return switch (schema.goType()) {
            case "v1.JSONSchemaPropsOrArray" -> schemaOr(in, false);
            case "v1.JSONSchemaPropsOrStringArray" -> schemaOr(in, true);
            case "v1.JSONSchemaPropsOrBool" -> schemaOrBool(in);
            default -> raw(in);
        };
    }

    private JsonNode schemaOr(ProtobufInput in, boolean strings) {
        var props = codec.jsonSchemaProps();
        JsonNode node = NODES.nullNode();
        var array = NODES.arrayNode();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> node = read(in.message(), props);
                case 2 -> {
                    node = array;
                    array.add(strings ? NODES.stringNode(in.string()) : read(in.message(), props));
                }
                default -> in.skip();
            }
        }
        return node;
    }

    private JsonNode schemaOrBool(ProtobufInput in) {
        JsonNode node = NODES.booleanNode(false);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    boolean allowed = in.integer() != 0;
                    node = node.isObject() ? node : NODES.booleanNode(allowed);
                }
                case 2 -> node = read(in.message(), codec.jsonSchemaProps());
                default -> in.skip();
            }
        }
        return node;
    }
}
