package dev.navarch.api.structural;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills in what an object leaves out and its schema has a default for. A null where the schema allows none counts as
 * absent: it goes, or becomes the default (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/schema/defaulting/algorithm.go and prunenulls.go).
 */
public final class Defaulting {
    private Defaulting() {}

    /** @param object is changed; doing it twice changes nothing more */
    public static void apply(ObjectNode object, Structural schema) {
        apply((JsonNode) object, schema);
    }

    private static void apply(JsonNode value, @Nullable Structural schema) {
        if (schema == null) {
            return;
        }
        if (value instanceof ObjectNode object) {
            dropNulls(object, schema);
            for (var property : schema.properties().entrySet()) {
                var fallback = property.getValue().defaultValue();
                if (fallback != null && isMissing(object.get(property.getKey()), property.getValue())) {
                    object.set(property.getKey(), fallback.deepCopy());
                }
            }
            for (var field : object.properties()) {
                apply(field.getValue(), schema.property(field.getKey()));
            }
        } else if (value instanceof ArrayNode list && schema.items() != null) {
            var items = schema.items();
            for (int i = 0; i < list.size(); i++) {
                if (items.defaultValue() != null && isMissing(list.get(i), items)) {
                    list.set(i, items.defaultValue().deepCopy());
                }
                apply(list.get(i), items);
            }
        }
    }

    private static boolean isMissing(@Nullable JsonNode value, Structural schema) {
        return value == null || value.isNull() && !schema.nullable();
    }

    /** Values of maps get their default here; those of named properties are looked at by name. */
    private static void dropNulls(ObjectNode object, Structural schema) {
        List<String> gone = List.of();
        for (var field : object.properties()) {
            var below = field.getValue().isNull() ? schema.property(field.getKey()) : null;
            if (below == null || below.nullable()) {
                continue;
            }
            if (below.defaultValue() != null) {
                field.setValue(below.defaultValue().deepCopy());
            } else {
                gone = gone.isEmpty() ? new ArrayList<>() : gone;
                gone.add(field.getKey());
            }
        }
        gone.forEach(object::remove);
    }
}
