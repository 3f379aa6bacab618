package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Whether the types that a definition's schema names are there at all.
 *
 * <p>Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go (requireValidPropertyType).
 */
final class PropertyTypes {
    private static final List<String> KNOWN = List.of("array", "boolean", "integer", "number", "object", "string");
    private static final List<String> ONE = List.of("items", "additionalProperties", "not");
    private static final List<String> MANY = List.of("allOf", "anyOf", "oneOf");

    private PropertyTypes() {}

    static List<FieldError> check(JsonNode schema, FieldPath path) {
        List<FieldError> errors = new ArrayList<>();
        walk(schema, path, errors);
        return errors;
    }

    private static void walk(JsonNode schema, FieldPath path, List<FieldError> errors) {
        if (!schema.isObject()) {
            return;
        }
        var type = schema.path("type").asString("");
        if (!type.isEmpty() && !KNOWN.contains(type)) {
            errors.add(FieldError.notSupported(path.child("type").toString(), type, KNOWN));
        }
        for (var property : schema.path("properties").properties()) {
            walk(property.getValue(), path.child("properties").key(property.getKey()), errors);
        }
        ONE.forEach(name -> walk(schema.path(name), path.child(name), errors));
        for (var name : MANY) {
            var clauses = schema.path(name);
            for (int i = 0; i < clauses.size(); i++) {
                walk(clauses.get(i), path.child(name).index(i), errors);
            }
        }
    }
}
