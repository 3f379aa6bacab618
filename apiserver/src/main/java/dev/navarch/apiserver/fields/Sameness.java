package dev.navarch.apiserver.fields;

import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whether two values are the same (source: structured-merge-diff value/value.go, Equals). */
final class Sameness {
    private Sameness() {}

    /** Numbers are the same if their values are; the order of fields means nothing. */
    static boolean plain(JsonNode a, JsonNode b) {
        if (a.equals(b)) {
            return true;
        }
        if (a.isNumber() && b.isNumber()) {
            return Scalars.compare(a, b) == 0;
        }
        if (a instanceof ArrayNode && b instanceof ArrayNode && a.size() == b.size()) {
            for (int i = 0; i < a.size(); i++) {
                if (!plain(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof ObjectNode && b instanceof ObjectNode && a.size() == b.size()) {
            for (Map.Entry<String, JsonNode> field : a.properties()) {
                var other = b.get(field.getKey());
                if (other == null || !plain(field.getValue(), other)) {
                    return false;
                }
            }
            return true;
        }
        return false;
    }

    /** Whether both would be stored as the same; null for what is absent. */
    static boolean stored(@Nullable JsonNode a, @Nullable JsonNode b, Schema schema) {
        if (a == null || b == null) {
            return a == b;
        }
        if (a.equals(b)) {
            return true;
        }
        return switch (schema) {
            case ScalarSchema _ -> plain(a, b);
            case ObjectSchema object
            when a.isObject() && b.isObject() && !object.preservesUnknown() -> fields(a, b, object);
            case ListSchema list when a.isArray() && b.isArray() -> elements(a, b, list);
            case MapSchema map when a.isObject() && b.isObject() -> entries(a, b, map);
            case ObjectSchema _, ListSchema _, MapSchema _ -> plain(a, b);
        };
    }

    private static boolean fields(JsonNode a, JsonNode b, ObjectSchema schema) {
        for (var field : schema.fields().values()) {
            var one = a.get(field.name());
            var other = b.get(field.name());
            boolean noOne = field.omits(one);
            if (noOne != field.omits(other)) {
                return false;
            }
            if (!noOne
                    && !stored(
                            one == null || one.isNull() ? field.zero() : one,
                            other == null || other.isNull() ? field.zero() : other,
                            field.schema())) {
                return false;
            }
        }
        return true;
    }

    private static boolean elements(JsonNode a, JsonNode b, ListSchema schema) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!stored(a.get(i), b.get(i), schema.element())) {
                return false;
            }
        }
        return true;
    }

    private static boolean entries(JsonNode a, JsonNode b, MapSchema schema) {
        if (a.size() != b.size()) {
            return false;
        }
        for (var entry : a.properties()) {
            if (!stored(entry.getValue(), b.get(entry.getKey()), schema.value())) {
                return false;
            }
        }
        return true;
    }
}
