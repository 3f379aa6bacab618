package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * The schema of a custom resource as its definition declares it, which is what OpenAPI documents show of it.
 *
 * @param schema reads {@code openAPIV3Schema}; missing if there is none; not to be changed
 * @param stamp another one whenever the definition says something else
 * @param selectableFields such as {@code spec.colour}
 * @param keepsUnknown whether the definition, one of the old sort, keeps all fields that its schema doesn't name
 */
public record DeclaredSchema(
        Supplier<JsonNode> schema, String stamp, List<String> selectableFields, boolean keepsUnknown) {
    public DeclaredSchema {
        requireNonNull(schema, "schema");
        requireNonNull(stamp, "stamp");
        selectableFields = List.copyOf(selectableFields);
    }
}
