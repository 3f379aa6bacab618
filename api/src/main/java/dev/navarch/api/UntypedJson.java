package dev.navarch.api;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads JSON into a tree, where there is nothing odd about it; a reader that is slower has the words for the rest. */
final class UntypedJson {
    private static final JsonNodeFactory NODES = Nodes.INSTANCE;

    private final JsonParser tokens;
    private boolean odd;

    private UntypedJson(JsonParser tokens) {
        this.tokens = tokens;
    }

    /** Null if it is no object or too deep, or has a field twice, or a number that is out of the ordinary. */
    static @Nullable ObjectNode read(JsonFactory json, byte[] body) {
        try (var tokens = json.createParser(ObjectReadContext.empty(), body)) {
            var reader = new UntypedJson(tokens);
            var tree = reader.value(tokens.nextToken());
            return reader.odd || tokens.nextToken() != null ? null : (ObjectNode) tree;
        } catch (JacksonException _) {
            return null;
        }
    }

    /** Goes as deep as an object may be and no deeper: each level takes some of the thread's stack. */
    private JsonNode value(JsonToken token) {
        if (tokens.streamReadContext().getNestingDepth() > ObjectDecoder.MAX_DEPTH) {
            throw new StreamReadException(tokens, "too deep");
        }
        return switch (token) {
            case START_OBJECT -> {
                var node = NODES.objectNode();
                for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                    odd |= node.has(name) || name.equals("<<");
                    node.set(name, value(tokens.nextToken()));
                }
                yield node;
            }
            case START_ARRAY -> {
                var node = NODES.arrayNode();
                for (var next = tokens.nextToken(); next != JsonToken.END_ARRAY; next = tokens.nextToken()) {
                    node.add(value(next));
                }
                yield node;
            }
            case VALUE_STRING -> NODES.stringNode(tokens.getString());
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NUMBER_INT -> number();
            case VALUE_NUMBER_FLOAT -> {
                double value = tokens.getDoubleValue();
                odd |= Double.isInfinite(value);
                yield NODES.numberNode(value);
            }
            default -> NODES.nullNode();
        };
    }

    private JsonNode number() {
        switch (tokens.getNumberType()) {
            case INT, LONG -> {
                long value = tokens.getLongValue();
                return value == (int) value ? NODES.numberNode((int) value) : NODES.numberNode(value);
            }
            default -> {
                odd = true;
                return NODES.nullNode();
            }
        }
    }
}
