package dev.navarch.api.structural;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Checks that sets have no element and maps in list form no key twice (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/schema/listtype/validation.go).
 */
public final class ListTypes {
    private ListTypes() {}

    /** @param path of the value; null for a whole object */
    public static List<FieldError> check(JsonNode value, Structural schema, @Nullable FieldPath path) {
        List<FieldError> errors = new ArrayList<>();
        check(value, schema, path, errors);
        return errors;
    }

    private static void check(
            JsonNode value, @Nullable Structural schema, @Nullable FieldPath path, List<FieldError> errors) {
        if (schema == null) {
            return;
        }
        if (value.isObject()) {
            for (var field : value.properties()) {
                var named = schema.properties().get(field.getKey());
                if (named != null) {
                    check(field.getValue(), named, child(path, field.getKey()), errors);
                } else if (schema.additional() != null && path != null) {
                    check(field.getValue(), schema.additional(), path.key(field.getKey()), errors);
                }
            }
        } else if (value.isArray() && path != null) {
            switch (schema.traits().listType()) {
                case "set" -> elements(value, path, errors);
                case "map" -> keys(value, schema.traits().listMapKeys(), path, errors);
                default -> {}
            }
            for (int i = 0; i < value.size(); i++) {
                check(value.get(i), schema.items(), path.index(i), errors);
            }
        }
    }

    private static void elements(JsonNode list, FieldPath path, List<FieldError> errors) {
        Map<JsonNode, Integer> seen = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            if (seen.merge(list.get(i), 1, Integer::sum) == 2) {
                errors.add(FieldError.duplicate(path.index(i).toString(), list.get(i)));
            }
        }
    }

    private static void keys(JsonNode list, List<String> names, FieldPath path, List<FieldError> errors) {
        for (int i = 0; i < list.size(); i++) {
            if (!list.get(i).isObject() && !list.get(i).isNull()) {
                errors.add(FieldError.invalid(
                        path.index(i).toString(), list.get(i), "must be an object for an array of list-type map"));
                return;
            }
        }
        Map<JsonNode, Integer> seen = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            var key = JsonNodeFactory.instance.objectNode();
            for (var name : names) {
                var part = list.get(i).get(name);
                if (part != null) {
                    key.set(name, part);
                }
            }
            if (seen.merge(key, 1, Integer::sum) == 2) {
                errors.add(FieldError.duplicate(path.index(i).toString(), key));
            }
        }
    }

    private static FieldPath child(@Nullable FieldPath path, String name) {
        return path == null ? FieldPath.of(name) : path.child(name);
    }
}
