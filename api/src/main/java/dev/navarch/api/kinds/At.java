package dev.navarch.api.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A place in an object: the value there, which may be absent, and the path that messages name it by, such as
 * {@code spec.containers[0].name}. The path's text is made when asked for, since most places are never complained of.
 */
final class At {
    private static final String NOTHING = "";

    /** Of a step that is a field's name. */
    private static final int FIELD = -1;
    /** Of a step that is a map's key. */
    private static final int KEY = -2;

    private final @Nullable At parent;
    /** Empty for an item of a list. */
    private final String step;
    /** The place of an item in its list; or what else the step is. */
    private final int index;

    private final JsonNode node;

    private At(@Nullable At parent, String step, int index, JsonNode node) {
        this.parent = parent;
        this.step = step;
        this.index = index;
        this.node = node;
    }

    /** The object as a whole, whose path is empty. */
    static At root(JsonNode node) {
        return new At(null, "", FIELD, node);
    }

    JsonNode node() {
        return node;
    }

    String path() {
        StringBuilder text = new StringBuilder();
        print(text);
        return text.toString();
    }

    private void print(StringBuilder text) {
        if (parent != null) {
            parent.print(text);
        }
        if (index == FIELD) {
            text.append(text.isEmpty() ? "" : ".").append(step);
        } else {
            text.append('[').append(name()).append(']');
        }
    }

    /** The last step of the path: the name of the field, the key, or the place in the list. */
    String name() {
        return index >= 0 ? Integer.toString(index) : step;
    }

    /** This place, as if this value were there: for where upstream's messages name another place. */
    At with(JsonNode value) {
        return new At(parent, step, index, value);
    }

    /** The field of this name. */
    At at(String name) {
        return new At(this, name, FIELD, node.path(name));
    }

    /** The place two fields below. */
    At at(String name, String next) {
        return at(name).at(next);
    }

    /** The place below, by the names of fields. */
    At at(String... names) {
        At place = this;
        for (String name : names) {
            place = place.at(name);
        }
        return place;
    }

    /** The value of a key of a map. */
    At key(String key) {
        return new At(this, key, KEY, node.path(key));
    }

    /** An item of a list. */
    At item(int index) {
        return new At(this, "", index, node.path(index));
    }

    /** The items of a list; none if this is no list. */
    List<At> items() {
        if (!node.isArray()) {
            return List.of();
        }
        List<At> items = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            items.add(item(i));
        }
        return items;
    }

    /** The entries of a map, whose values are placed at their keys; none if this is no map. */
    List<Map.Entry<String, At>> entries() {
        if (node.isEmpty() || !node.isObject()) {
            return List.of();
        }
        List<Map.Entry<String, At>> entries = new ArrayList<>(node.size());
        for (var entry : node.properties()) {
            entries.add(Map.entry(entry.getKey(), new At(this, entry.getKey(), KEY, entry.getValue())));
        }
        return entries;
    }

    /** Whether a value is given; null counts as none. */
    boolean isSet() {
        return !node.isMissingNode() && !node.isNull();
    }

    /** Whether there is no value, or an empty text, list or map. */
    boolean isEmpty() {
        return !isSet() || (node.isString() && node.stringValue().isEmpty()) || (node.isContainer() && node.isEmpty());
    }

    /** The text; empty if there is none. */
    String text() {
        return node.isString() ? node.stringValue() : "";
    }

    /** The whole number; 0 if there is none. */
    long number() {
        return node.isNumber() ? node.asLong(0) : 0;
    }

    boolean isTrue() {
        return node.isBoolean() && node.booleanValue();
    }

    boolean is(String value) {
        return text().equals(value);
    }

    /** The texts of a list. */
    List<String> texts() {
        return items().stream().map(At::text).toList();
    }

    /** How many items or keys. */
    int size() {
        return node.isContainer() ? node.size() : 0;
    }

    /** The value as messages show it. */
    Object value() {
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        return isSet() ? node : NOTHING;
    }

    /** The object here, to be changed; one that is absent is put there first. */
    static ObjectNode object(ObjectNode parent, String name) {
        return parent.get(name) instanceof ObjectNode there ? there : parent.putObject(name);
    }

    /** The objects in a list, to be changed. */
    static List<ObjectNode> objects(JsonNode list) {
        List<ObjectNode> objects = new ArrayList<>();
        if (list instanceof ArrayNode) {
            for (JsonNode item : list) {
                if (item instanceof ObjectNode object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }
}
