package dev.navarch.api;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads tokens into a tree that conforms to a schema, as Go would decode them into the schema's struct: fields that
 * are unknown are left out and reported, nulls mean absence, values of a wrong type are an error, and quantities and
 * times take their canonical form (source: sigs.k8s.io/json internal/golang/encoding/json/decode.go and the
 * UnmarshalJSON methods of k8s.io/apimachinery). For one document.
 */
final class SchemaReader {

    /** As many unknown and duplicate fields are reported; upstream's limit. */
    private static final int MAX_REPORTS = 100;

    private static final JsonNodeFactory NODES = Nodes.INSTANCE;

    private final JsonParser tokens;
    private final int maxDepth;
    private int depth;
    private final Trail trail = new Trail();
    private final Set<String> wrong = new LinkedHashSet<>();
    private @Nullable String typeError;

    /** @param maxDepth of what is kept; what is left out is passed over however deep it is */
    SchemaReader(JsonParser tokens, int maxDepth) {
        this.tokens = tokens;
        this.maxDepth = maxDepth;
    }

    /**
     * Reads the value at whose first token the parser is.
     *
     * @throws BadBodyException if a value has a wrong type
     */
    Decoded read(ObjectSchema schema) {
        var token = tokens.currentToken();
        var tree = token == JsonToken.START_OBJECT ? object(schema) : NODES.objectNode();
        if (token != JsonToken.START_OBJECT && token != JsonToken.VALUE_NULL) {
            wrongType(kindOf(token), schema.goType());
        }
        if (typeError != null) {
            throw new BadBodyException(typeError);
        }
        var pruner = schema.pruner();
        if (pruner != null) {
            pruner.prune(tree).forEach(path -> report("unknown field", path));
        }
        return new Decoded(tree, List.copyOf(wrong));
    }

    private @Nullable JsonNode value(JsonToken token, Schema schema) {
        if (token == JsonToken.VALUE_NULL
                && !(schema instanceof ScalarSchema scalar && scalar.type() == ScalarType.JSON)) {
            return null;
        }
        return switch (schema) {
            case ObjectSchema object -> {
                if (token == JsonToken.START_OBJECT) {
                    yield object(object);
                }
                yield mismatch(token, schema);
            }
            case ListSchema list -> {
                if (token == JsonToken.START_ARRAY) {
                    yield list(list);
                }
                yield mismatch(token, schema);
            }
            case MapSchema map -> {
                if (token == JsonToken.START_OBJECT) {
                    yield map(map);
                }
                yield mismatch(token, schema);
            }
            case ScalarSchema scalar -> scalar(token, scalar);
        };
    }

    private void enter() {
        if (++depth > maxDepth) {
            throw new BadBodyException("exceeded max depth");
        }
    }

    private ObjectNode object(ObjectSchema schema) {
        enter();
        var node = NODES.objectNode();
        var fields = schema.linked().byName();
        Set<String> nulls = Set.of();
        for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
            var field = fields.get(name);
            var token = tokens.nextToken();
            if (field == null) {
                unknownField(node, schema, name, token);
                continue;
            }
            if (node.has(name) || nulls.contains(name)) {
                report("duplicate field", trail.pathTo(name));
            }
            trail.enterField(name, schema);
            var value = value(token, field.schema());
            trail.leave();
            if (value != null) {
                node.set(field.name(), value);
            } else {
                nulls = nulls.isEmpty() ? new LinkedHashSet<>() : nulls;
                nulls.add(name);
            }
        }
        depth--;
        return node;
    }

    private void unknownField(ObjectNode node, ObjectSchema schema, String name, JsonToken token) {
        if (!schema.preservesUnknown()) {
            report("unknown field", trail.pathTo(name));
            tokens.skipChildren();
            return;
        }
        if (node.has(name)) {
            report("duplicate field", trail.pathTo(name));
        }
        trail.enterKey(name);
        node.set(name, untyped(token));
        trail.leave();
    }

    private ObjectNode map(MapSchema schema) {
        enter();
        var node = NODES.objectNode();
        for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
            if (node.has(name)) {
                report("duplicate field", trail.pathTo(name));
            }
            trail.enterKey(name);
            var value = value(tokens.nextToken(), schema.value());
            trail.leave();
            node.set(name, value == null ? zero(schema.value()) : value);
        }
        depth--;
        return node;
    }

    private ArrayNode list(ListSchema schema) {
        enter();
        var node = NODES.arrayNode();
        for (var token = tokens.nextToken(); token != JsonToken.END_ARRAY; token = tokens.nextToken()) {
            trail.enterIndex(node.size());
            var value = value(token, schema.element());
            trail.leave();
            node.add(value == null ? zero(schema.element()) : value);
        }
        depth--;
        return node;
    }

    private @Nullable JsonNode scalar(JsonToken token, ScalarSchema schema) {
        return switch (schema.type()) {
            case STRING ->
                token == JsonToken.VALUE_STRING ? NODES.stringNode(tokens.getString()) : mismatch(token, schema);
            case BOOL ->
                token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE
                        ? NODES.booleanNode(token == JsonToken.VALUE_TRUE)
                        : mismatch(token, schema);
            case INT32, INT64 -> integer(token, schema, schema.goType());
            case FLOAT64 -> floating(token, schema);
            case BYTES -> bytes(token, schema);
            case QUANTITY -> quantity(token);
            case INT_OR_STRING ->
                token == JsonToken.VALUE_STRING
                        ? NODES.stringNode(tokens.getString())
                        : integer(token, new ScalarSchema(ScalarType.INT32, "int32"), "int32");
            case TIME -> NODES.stringNode(GoTime.seconds(text(token)));
            case MICRO_TIME -> NODES.stringNode(GoTime.micros(text(token)));
            case DURATION -> NODES.stringNode(text(token));
            case RAW, FIELDS_V1, JSON -> untyped(token);
        };
    }

    private @Nullable JsonNode integer(JsonToken token, ScalarSchema schema, String goType) {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            return mismatch(token, schema);
        }
        var type = tokens.getNumberType();
        if (type == JsonParser.NumberType.INT || type == JsonParser.NumberType.LONG) {
            long value = tokens.getLongValue();
            if (schema.type() == ScalarType.INT64 || value == (int) value) {
                return number(value);
            }
        }
        wrongType("number " + tokens.getString(), goType);
        return null;
    }

    private @Nullable JsonNode floating(JsonToken token, ScalarSchema schema) {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            return mismatch(token, schema);
        }
        double value = tokens.getDoubleValue();
        if (Double.isInfinite(value)) {
            wrongType("number " + tokens.getString(), schema.goType());
            return null;
        }
        return NODES.numberNode(value);
    }

    private @Nullable JsonNode bytes(JsonToken token, ScalarSchema schema) {
        if (token != JsonToken.VALUE_STRING) {
            return mismatch(token, schema);
        }
        var text = tokens.getString();
        var plain = text.indexOf('\n') < 0 && text.indexOf('\r') < 0 ? text : text.replaceAll("[\r\n]", "");
        int bad = GoBase64.mistakeAt(plain);
        if (bad >= 0) {
            save("illegal base64 data at input byte " + bad);
            return null;
        }
        return NODES.stringNode(plain);
    }

    private JsonNode quantity(JsonToken token) {
        var text = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY
                ? tokens.getString()
                : tokens.getString().strip();
        try {
            return NODES.stringNode(Quantity.parse(text).toString());
        } catch (QuantityException e) {
            throw new BadBodyException(e.getMessage());
        }
    }

    /** The text of a value that Go unmarshals by itself from a string; other types end the decoding there. */
    private String text(JsonToken token) {
        if (token != JsonToken.VALUE_STRING) {
            throw new BadBodyException(unmarshalError(kindOf(token), "string"));
        }
        return tokens.getString();
    }

    private JsonNode untyped(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                enter();
                var node = NODES.objectNode();
                for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                    if (node.has(name)) {
                        report("duplicate field", trail.pathTo(name));
                    }
                    trail.enterKey(name);
                    node.set(name, untyped(tokens.nextToken()));
                    trail.leave();
                }
                depth--;
                yield node;
            }
            case START_ARRAY -> {
                enter();
                var node = NODES.arrayNode();
                for (var next = tokens.nextToken(); next != JsonToken.END_ARRAY; next = tokens.nextToken()) {
                    node.add(untyped(next));
                }
                depth--;
                yield node;
            }
            case VALUE_STRING -> NODES.stringNode(tokens.getString());
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
            case VALUE_EMBEDDED_OBJECT -> NODES.pojoNode(tokens.getEmbeddedObject());
            default -> NODES.nullNode();
        };
    }

    private JsonNode number() {
        return switch (tokens.getNumberType()) {
            case INT, LONG -> number(tokens.getLongValue());
            default -> {
                double value = tokens.getDoubleValue();
                if (Double.isInfinite(value)) {
                    wrongType("number " + tokens.getString(), "float64");
                }
                yield NODES.numberNode(value);
            }
        };
    }

    /** Equal numbers are equal nodes, wherever they come from. */
    private static JsonNode number(long value) {
        return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
    }

    /** What Go makes of a null in a list or a map. */
    private static JsonNode zero(Schema schema) {
        return switch (schema) {
            case ObjectSchema _ -> NODES.objectNode();
            case ListSchema _, MapSchema _ -> NODES.nullNode();
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING -> NODES.stringNode("");
                    case BOOL -> NODES.booleanNode(false);
                    case INT32, INT64, FLOAT64, INT_OR_STRING -> NODES.numberNode(0);
                    case QUANTITY, DURATION -> NODES.stringNode("0");
                    case BYTES, TIME, MICRO_TIME, RAW, FIELDS_V1, JSON -> NODES.nullNode();
                };
        };
    }

    private @Nullable JsonNode mismatch(JsonToken token, Schema schema) {
        wrongType(kindOf(token), schema.goType());
        tokens.skipChildren();
        return null;
    }

    /** A value's type in Go's messages. */
    static String kindOf(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "object";
            case START_ARRAY -> "array";
            case VALUE_STRING -> "string";
            case VALUE_TRUE, VALUE_FALSE -> "bool";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
            default -> "null";
        };
    }

    private void wrongType(String found, String goType) {
        if (typeError == null) {
            save(unmarshalError(found, goType));
        }
    }

    private void save(String error) {
        if (typeError == null) {
            typeError = error;
        }
    }

    private String unmarshalError(String found, String goType) {
        return "json: cannot unmarshal " + found + " into " + trail.goTarget() + " of type " + goType;
    }

    private void report(String what, String path) {
        if (wrong.size() < MAX_REPORTS) {
            wrong.add(what + " " + GoText.quote(path));
        }
    }
}
