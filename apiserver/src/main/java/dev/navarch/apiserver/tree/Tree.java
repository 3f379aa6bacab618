package dev.navarch.apiserver.tree;

import dev.navarch.api.Nodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lenient access to trees of which little is known: what is absent, or of another type than asked for, reads as empty.
 */
public final class Tree {
    private Tree() {}

    public static ObjectNode object() {
        return Nodes.INSTANCE.objectNode();
    }

    public static ArrayNode array() {
        return Nodes.INSTANCE.arrayNode();
    }

    /** The node at the end of the path; a missing node if there is none. */
    public static JsonNode at(JsonNode from, String... path) {
        var node = from;
        for (var name : path) {
            node = node.path(name);
        }
        return node;
    }

    /** The string at the end of the path, or "". */
    public static String text(JsonNode from, String... path) {
        var node = at(from, path);
        return node.isString() ? node.stringValue() : "";
    }

    /** The integer at the end of the path. */
    public static long number(JsonNode from, long otherwise, String... path) {
        var node = at(from, path);
        return node.isIntegralNumber() && node.canConvertToLong() ? node.longValue() : otherwise;
    }

    public static boolean flag(JsonNode from, boolean otherwise, String... path) {
        var node = at(from, path);
        return node.isBoolean() ? node.booleanValue() : otherwise;
    }

    /** Whether there is a value other than null at the end of the path. */
    public static boolean has(JsonNode from, String... path) {
        var node = at(from, path);
        return !node.isMissingNode() && !node.isNull();
    }

    /** The object under {@code name}, put there if there is none. */
    public static ObjectNode childObject(ObjectNode parent, String name) {
        return parent.get(name) instanceof ObjectNode there ? there : parent.putObject(name);
    }

    /** The array under {@code name}, put there if there is none. */
    public static ArrayNode childArray(ObjectNode parent, String name) {
        return parent.get(name) instanceof ArrayNode there ? there : parent.putArray(name);
    }

    /** The objects among the elements of the array at the end of the path. */
    public static List<ObjectNode> objects(JsonNode from, String... path) {
        List<ObjectNode> found = new ArrayList<>();
        for (var element : at(from, path)) {
            if (element instanceof ObjectNode object) {
                found.add(object);
            }
        }
        return found;
    }

    /** The strings among the elements of the array at the end of the path. */
    public static List<String> strings(JsonNode from, String... path) {
        List<String> found = new ArrayList<>();
        if (at(from, path) instanceof ArrayNode array) {
            for (var element : array) {
                if (element.isString()) {
                    found.add(element.stringValue());
                }
            }
        }
        return found;
    }

    /** The members that are strings of the object at the end of the path. */
    public static Map<String, String> stringMap(JsonNode from, String... path) {
        if (!(at(from, path) instanceof ObjectNode object) || object.isEmpty()) {
            return Map.of();
        }
        Map<String, String> found = new LinkedHashMap<>();
        for (var member : object.properties()) {
            if (member.getValue().isString()) {
                found.put(member.getKey(), member.getValue().stringValue());
            }
        }
        return found;
    }

    public static ArrayNode arrayOf(List<String> elements) {
        var array = array();
        elements.forEach(array::add);
        return array;
    }

    public static byte[] json(JsonNode tree) {
        return tree.toString().getBytes(StandardCharsets.UTF_8);
    }
}
