package dev.navarch.api.custom;

import dev.navarch.api.Catalogue;
import dev.navarch.api.DeclaredSchema;
import dev.navarch.api.Descriptions;
import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ListType;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import dev.navarch.api.structural.Pruning;
import dev.navarch.api.structural.Structural;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schemas of a custom resource. There are two, because a wrong value of a custom resource is no error of decoding
 * but one of validation: the loose one reads and writes any object whose metadata are right, and prunes it; the other
 * one tells how writers share fields. Documents show what was declared.
 */
public final class CustomSchemas {
    private static final Field API_VERSION =
            field("apiVersion", new ScalarSchema(ScalarType.STRING, "string"), "", null);
    private static final Field KIND = field("kind", new ScalarSchema(ScalarType.STRING, "string"), "", null);

    private CustomSchemas() {}

    /** Reads and writes objects; what the version's schema does not know is pruned, and reported as unknown. */
    public static ObjectSchema loose(CustomDefinition definition, CustomVersion version) {
        return new ObjectSchema(
                        name(definition, version),
                        "unstructured.Unstructured",
                        true,
                        false,
                        Descriptions.NONE,
                        () -> List.of(API_VERSION, KIND, metadata()))
                .withPruner(object -> prune(object, version.structural()));
    }

    private static List<String> prune(ObjectNode object, Structural schema) {
        return Pruning.prune(object, schema);
    }

    /** Tells the types of all fields that the version's schema names. */
    public static ObjectSchema typed(CustomDefinition definition, CustomVersion version) {
        var name = name(definition, version);
        return new ObjectSchema(
                name, name, version.structural().traits().preservesUnknown(), false, Descriptions.NONE, () -> {
                    List<Field> fields = new ArrayList<>(List.of(API_VERSION, KIND, metadata()));
                    version.structural().properties().forEach((field, schema) -> {
                        if (!Set.of("apiVersion", "kind", "metadata").contains(field)) {
                            fields.add(field(
                                    field,
                                    of(schema, name + "." + field),
                                    schema.traits().mapType(),
                                    schema));
                        }
                    });
                    return fields;
                });
    }

    /** What documents show; reads the version's schema only when one is made. */
    public static ObjectSchema documented(CustomDefinition definition, CustomVersion version) {
        var selectable = version.selectableFields().stream()
                .map(path -> path.startsWith(".") ? path.substring(1) : path)
                .toList();
        var name = name(definition, version);
        return new ObjectSchema(
                        name, name, true, false, Descriptions.NONE, () -> List.of(API_VERSION, KIND, metadata()))
                .withDeclared(new DeclaredSchema(
                        version::schema,
                        definition.uid() + "/" + definition.generation(),
                        selectable,
                        version.keepsUnknown()));
    }

    /** As upstream names models of custom resources: {@code com.example.v1.CronTab}. */
    private static String name(CustomDefinition definition, CustomVersion version) {
        var parts = new ArrayList<>(List.of(definition.group().split("\\.")));
        Collections.reverse(parts);
        return String.join(".", parts) + "." + version.name() + "."
                + definition.names().kind();
    }

    private static Field metadata() {
        return field("metadata", Catalogue.builtIn().metaSchema("ObjectMeta"), "", null);
    }

    private static Field field(String name, Schema schema, String topology, @Nullable Structural declared) {
        var fallback = declared == null || declared.defaultValue() == null
                ? Optional.<String>empty()
                : Optional.of(declared.defaultValue().toString());
        return new Field(name, schema, false, true, true, List.of(), topology, Set.of(), "", fallback);
    }

    private static Schema of(Structural schema, String name) {
        if (schema.traits().intOrString()) {
            return new ScalarSchema(ScalarType.JSON, "intstr.IntOrString");
        }
        return switch (schema.type()) {
            case "object" -> object(schema, name);
            case "array" -> list(schema, name);
            case "string" -> new ScalarSchema(ScalarType.STRING, "string");
            case "boolean" -> new ScalarSchema(ScalarType.BOOL, "bool");
            case "integer" -> new ScalarSchema(ScalarType.INT64, "int64");
            case "number" -> new ScalarSchema(ScalarType.FLOAT64, "float64");
            default -> unknown(name);
        };
    }

    private static ObjectSchema unknown(String name) {
        return new ObjectSchema(name, name, true, false, Descriptions.NONE, List::of);
    }

    private static Schema object(Structural schema, String name) {
        var additional = schema.additional();
        if (additional != null && schema.properties().isEmpty()) {
            return new MapSchema(of(additional, name + ".@"), "map[string]");
        }
        return new ObjectSchema(
                name,
                name,
                schema.traits().preservesUnknown() || schema.properties().isEmpty(),
                schema.traits().mapType().equals("atomic"),
                Descriptions.NONE,
                () -> {
                    List<Field> fields = new ArrayList<>();
                    if (schema.traits().embeddedResource()) {
                        fields.addAll(List.of(API_VERSION, KIND, metadata()));
                    }
                    schema.properties().forEach((field, below) -> {
                        if (!schema.traits().embeddedResource()
                                || !Set.of("apiVersion", "kind", "metadata").contains(field)) {
                            fields.add(field(
                                    field,
                                    of(below, name + "." + field),
                                    below.traits().mapType(),
                                    below));
                        }
                    });
                    return fields;
                });
    }

    private static Schema list(Structural schema, String name) {
        var items = schema.items();
        var declared = switch (schema.traits().listType()) {
            case "map" -> Optional.of(ListType.MAP);
            case "set" -> Optional.of(ListType.SET);
            case "atomic" -> Optional.of(ListType.ATOMIC);
            default -> Optional.<ListType>empty();
        };
        return new ListSchema(
                items == null ? unknown(name + ".#") : of(items, name + ".#"),
                declared,
                schema.traits().listMapKeys(),
                "[]");
    }
}
