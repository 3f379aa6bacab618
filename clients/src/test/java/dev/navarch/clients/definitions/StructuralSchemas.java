package dev.navarch.clients.definitions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * Structural schemas of built-in kinds, made of a server's OpenAPI document as tools make them of Go's types for operators
 * whose definitions take whole pod templates: every reference is replaced by what it refers to.
 */
final class StructuralSchemas {
    private static final String PREFIX = "#/components/schemas/";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** What tools write for types that have a form of their own. */
    private static final Map<String, String> FORMS = Map.of(
            "io.k8s.apimachinery.pkg.api.resource.Quantity", "quantity",
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "int-or-string",
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "metadata");

    private static final Set<String> COPIED = Set.of(
            "type",
            "format",
            "description",
            "enum",
            "required",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
            "x-kubernetes-map-type");

    private final JsonNode schemas;

    /** @param document OpenAPI v3 of core/v1 */
    StructuralSchemas(JsonNode document) {
        schemas = document.at("/components/schemas");
    }

    ObjectNode of(String name) {
        var form = FORMS.get(name);
        if (form != null) {
            return form(form);
        }
        return inlined(schemas.get(name));
    }

    private static ObjectNode form(String form) {
        if (form.equals("metadata")) {
            return NODES.objectNode().put("type", "object").put("x-kubernetes-preserve-unknown-fields", true);
        }
        var schema = NODES.objectNode();
        var any = schema.putArray("anyOf");
        any.addObject().put("type", "integer");
        any.addObject().put("type", "string");
        schema.put("x-kubernetes-int-or-string", true);
        if (form.equals("quantity")) {
            schema.put(
                    "pattern",
                    "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?"
                            + "(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$");
        }
        return schema;
    }

    private ObjectNode inlined(JsonNode schema) {
        var reference = schema.has("$ref") ? schema.get("$ref") : schema.at("/allOf/0/$ref");
        if (reference.isTextual()) {
            var referred = of(reference.asText().substring(PREFIX.length()));
            if (schema.has("description")) {
                referred.set("description", schema.get("description"));
            }
            return referred;
        }
        var result = NODES.objectNode();
        schema.properties().forEach(field -> {
            if (COPIED.contains(field.getKey())) {
                result.set(field.getKey(), field.getValue());
            }
        });
        var standard = schema.get("default");
        if (standard != null && standard.isValueNode()) {
            result.set("default", standard);
        }
        for (var nested : new String[] {"items", "additionalProperties"}) {
            if (schema.has(nested)) {
                result.set(nested, inlined(schema.get(nested)));
            }
        }
        if (schema.has("properties")) {
            var properties = result.putObject("properties");
            schema.get("properties").properties().forEach(p -> properties.set(p.getKey(), inlined(p.getValue())));
        }
        return result;
    }
}
