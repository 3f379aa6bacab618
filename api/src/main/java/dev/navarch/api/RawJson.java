package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.POJONode;

/**
 * A value that is JSON already, such as the fields of a manager. In a tree it is a leaf, which is written as it is.
 *
 * @param bytes UTF-8 without blanks; not to be changed
 */
public record RawJson(byte[] bytes) implements JacksonSerializable {

    public RawJson {
        requireNonNull(bytes, "bytes");
    }

    /** As a leaf of a tree. */
    public POJONode node() {
        return new POJONode(this);
    }

    /** The value itself. */
    private JsonNode tree() {
        return JsonMapper.shared().readTree(bytes);
    }

    /** A copy of a tree without leaves such as this, for who looks into them. */
    public static JsonNode expanded(JsonNode tree) {
        return switch (tree) {
            case ObjectNode object -> {
                var copy = object.objectNode();
                object.forEachEntry((name, value) -> copy.set(name, expanded(value)));
                yield copy;
            }
            case ArrayNode list -> {
                var copy = list.arrayNode();
                list.forEach(value -> copy.add(expanded(value)));
                yield copy;
            }
            case POJONode node when node.getPojo() instanceof RawJson raw -> raw.tree();
            default -> tree;
        };
    }

    @Override
    public void serialize(JsonGenerator out, SerializationContext context) {
        out.writeRawValue(toString());
    }

    @Override
    public void serializeWithType(JsonGenerator out, SerializationContext context, TypeSerializer type) {
        serialize(out, context);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawJson that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
