package dev.navarch.api;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Objects in which every field is set, made from their schema. */
public final class Generated {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Generated() {}

    public static ObjectNode object(ObjectSchema schema) {
        return (ObjectNode) generated(schema, new HashSet<>());
    }

    private static JsonNode generated(Schema schema, Set<Schema> above) {
        return switch (schema) {
            case ObjectSchema object -> {
                var node = NODES.objectNode();
                if (above.add(object)) {
                    object.fields().values().forEach(f -> node.set(f.name(), generated(f.schema(), above)));
                    above.remove(object);
                }
                yield node;
            }
            case ListSchema list -> NODES.arrayNode().add(generated(list.element(), above));
            case MapSchema map -> NODES.objectNode().set("key<&>", generated(map.value(), above));
            case ScalarSchema scalar ->
                switch (scalar.type()) {
                    case STRING -> NODES.stringNode("täxt \"\\\n\u2028😀");
                    case BOOL -> NODES.booleanNode(true);
                    case INT32 -> NODES.numberNode(-7);
                    case INT64 -> NODES.numberNode(Long.MAX_VALUE);
                    case FLOAT64 -> NODES.numberNode(1.5);
                    case BYTES -> NODES.stringNode("aGk=");
                    case QUANTITY -> NODES.stringNode("500m");
                    case INT_OR_STRING -> NODES.stringNode("25%");
                    case TIME -> NODES.stringNode("2024-01-01T00:00:00Z");
                    case MICRO_TIME -> NODES.stringNode("2024-01-01T00:00:00.123456Z");
                    case DURATION -> NODES.stringNode("1m0s");
                    case RAW, FIELDS_V1 ->
                        NODES.objectNode().put("z", 1).put("a", 1.5).putNull("n");
                    // valid wherever a schema, or something else instead of it, may stand
                    case JSON -> NODES.objectNode().put("type", "object");
                };
        };
    }
}
