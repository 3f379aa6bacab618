package dev.navarch.api.openapi;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Descriptions;
import dev.navarch.api.Field;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which kinds each schema stands for, and what lists of a resource look like. */
final class Kinds {

    /** A kind at a version, as {@code x-kubernetes-group-version-kind} names it. */
    record Kind(GroupVersion groupVersion, String name) {}

    private static final GroupVersion META = new GroupVersion("", "v1");

    private final Catalogue catalogue;
    private final Map<String, Set<Kind>> bySchema = new HashMap<>();

    Kinds(Catalogue catalogue) {
        this.catalogue = catalogue;
        for (var type : catalogue.types()) {
            add(type.schema(), type.groupVersion(), type.kind());
            if (type.verbs().contains("list")) {
                add(listSchema(type), type.groupVersion(), type.listKind());
            }
            type.subresources().values().forEach(s -> add(s.schema(), s.groupVersion(), s.kind()));
        }
        for (var kind : List.of("Status", "APIResourceList", "APIGroup", "APIGroupList", "APIVersions")) {
            add(catalogue.metaSchema(kind), META, kind);
        }
        for (var groupVersion : catalogue.groupVersions()) {
            add(catalogue.metaSchema("DeleteOptions"), groupVersion, "DeleteOptions");
            add(catalogue.metaSchema("WatchEvent"), groupVersion, "WatchEvent");
        }
    }

    private void add(ObjectSchema schema, GroupVersion groupVersion, String kind) {
        bySchema.computeIfAbsent(schema.name(), _ -> new LinkedHashSet<>()).add(new Kind(groupVersion, kind));
    }

    Set<Kind> of(ObjectSchema schema) {
        return bySchema.getOrDefault(schema.name(), Set.of());
    }

    /** The schema of a list of a resource's objects; made up for resources that bring none. */
    ObjectSchema listSchema(ResourceType type) {
        var schema = type.schema();
        return catalogue
                .schema(schema.name() + "List")
                .orElseGet(() -> new ObjectSchema(
                        schema.name() + "List",
                        schema.goType() + "List",
                        false,
                        false,
                        Descriptions.NONE,
                        () -> List.of(
                                field("apiVersion", new ScalarSchema(ScalarType.STRING, "string"), false),
                                field("kind", new ScalarSchema(ScalarType.STRING, "string"), false),
                                field("metadata", catalogue.metaSchema("ListMeta"), false),
                                field("items", items(schema), true))));
    }

    private static ListSchema items(ObjectSchema schema) {
        return new ListSchema(schema, Optional.empty(), List.of(), "[]" + schema.goType());
    }

    private static Field field(String name, Schema schema, boolean required) {
        return new Field(name, schema, required, false, !required, List.of(), "", Set.of(), "", Optional.empty());
    }
}
