package dev.navarch.api;

import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads what an {@link ObjectEncoder} wrote. The sets of fields in {@code metadata.managedFields}, often half of an
 * object, stay text: a {@link RawJson} each.
 */
public final class StoredJson {
    private static final JsonNodeFactory NODES = Nodes.INSTANCE;
    private static final JsonFactory JSON = new JsonFactory();

    /** How many objects are open within the metadata, and within an entry of the managed fields. */
    private static final int IN_METADATA = 2;

    private static final int IN_ENTRY = 3;

    private final byte[] text;
    private final JsonParser tokens;
    private int depth;
    private boolean managed;

    private StoredJson(byte[] text, JsonParser tokens) {
        this.text = text;
        this.tokens = tokens;
    }

    /**
     * @param text JSON without blanks
     * @throws tools.jackson.core.JacksonException if it is no JSON
     */
    public static JsonNode read(byte[] text) {
        try (var tokens = JSON.createParser(ObjectReadContext.empty(), text)) {
            var first = tokens.nextToken();
            return first == null ? NODES.missingNode() : new StoredJson(text, tokens).value(first);
        }
    }

    private JsonNode value(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                var node = NODES.objectNode();
                depth++;
                for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                    node.set(name, member(name, tokens.nextToken()));
                }
                depth--;
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
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
            default -> NODES.nullNode();
        };
    }

    private JsonNode member(String name, JsonToken token) {
        if (depth == IN_METADATA && name.equals("managedFields")) {
            managed = true;
            var entries = value(token);
            managed = false;
            return entries;
        }
        boolean fields = managed && depth == IN_ENTRY && token == JsonToken.START_OBJECT && name.equals("fieldsV1");
        return fields ? raw() : value(token);
    }

    private JsonNode number() {
        return switch (tokens.getNumberType()) {
            case INT -> NODES.numberNode(tokens.getIntValue());
            case LONG -> NODES.numberNode(tokens.getLongValue());
            case BIG_INTEGER -> NODES.numberNode(tokens.getBigIntegerValue());
            default -> NODES.numberNode(tokens.getDoubleValue());
        };
    }

    /** The object at whose start the parser is. */
    private JsonNode raw() {
        int from = (int) tokens.currentTokenLocation().getByteOffset();
        tokens.skipChildren();
        int to = (int) tokens.currentLocation().getByteOffset();
        return new RawJson(Arrays.copyOfRange(text, from, to)).node();
    }
}
