package dev.navarch.api.openapi;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Field;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ListSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.ScalarType;
import dev.navarch.api.Schema;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which kinds each schema stands for, and what lists of a resource look like. */
final class Kinds {

    /** A kind at a version, as {@code x-kubernetes-group-version-kind} names it. */
    record Kind(GroupVersion groupVersion, String name) {}

    private static final GroupVersion META = new GroupVersion("", "v1");

    private final Catalogue catalogue;
    private final Map<String, Set<Kind>> bySchema = new HashMap<>();
    private final @Nullable Kinds base;

    Kinds(Catalogue catalogue) {
        this.catalogue = catalogue;
        base = null;
        catalogue.types().forEach(this::add);
        for (var kind : List.of("Status", "APIResourceList", "APIGroup", "APIGroupList", "APIVersions")) {
            add(catalogue.metaSchema(kind), META, kind);
        }
        for (var groupVersion : catalogue.groupVersions()) {
            add(catalogue.metaSchema("DeleteOptions"), groupVersion, "DeleteOptions");
            add(catalogue.metaSchema("WatchEvent"), groupVersion, "WatchEvent");
        }
    }

    /** The same kinds, and some more. */
    private Kinds(Kinds base, Collection<ResourceType> more) {
        catalogue = base.catalogue;
        this.base = base;
        more.forEach(this::add);
    }

    /** These and some that were declared. */
    Kinds with(Collection<ResourceType> declared) {
        return new Kinds(this, declared);
    }

    private void add(ResourceType type) {
        add(type.schema(), type.groupVersion(), type.kind());
        if (type.verbs().contains("list")) {
            add(listSchema(type), type.groupVersion(), type.listKind());
        }
        type.subresources().values().forEach(s -> add(s.schema(), s.groupVersion(), s.kind()));
    }

    private void add(ObjectSchema schema, GroupVersion groupVersion, String kind) {
        bySchema.computeIfAbsent(schema.name(), name -> new LinkedHashSet<>(base == null ? Set.of() : base.of(name)))
                .add(new Kind(groupVersion, kind));
    }

    Set<Kind> of(ObjectSchema schema) {
        return of(schema.name());
    }

    private Set<Kind> of(String name) {
        var own = bySchema.get(name);
        return own != null ? own : base == null ? Set.of() : base.of(name);
    }

    ObjectSchema metadata() {
        return catalogue.metaSchema("ObjectMeta");
    }

    /** What a field that every object has is for. */
    String description(String field) {
        return catalogue
                .schema("io.k8s.api.core.v1.ConfigMap")
                .map(s -> s.description(field))
                .orElse("");
    }

    /** The schema of a list of a resource's objects; made up for resources that bring none. */
    ObjectSchema listSchema(ResourceType type) {
        var schema = type.schema();
        var name = schema.name().substring(0, schema.name().lastIndexOf('.') + 1) + type.listKind();
        return catalogue
                .schema(name)
                .orElseGet(() -> new ObjectSchema(
                        name,
                        name,
                        false,
                        false,
                        (_, field) -> describe(type, field),
                        () -> List.of(
                                field("apiVersion", new ScalarSchema(ScalarType.STRING, "string"), false),
                                field("items", items(schema), true),
                                field("kind", new ScalarSchema(ScalarType.STRING, "string"), false),
                                field("metadata", catalogue.metaSchema("ListMeta"), false))));
    }

    private String describe(ResourceType type, String field) {
        return switch (field) {
            case "" -> type.listKind() + " is a list of " + type.kind();
            case "items" -> "List of " + type.plural() + ".";
            default ->
                catalogue
                        .schema("io.k8s.api.core.v1.ConfigMapList")
                        .map(s -> s.description(field))
                        .orElse("");
        };
    }

    private static ListSchema items(ObjectSchema schema) {
        return new ListSchema(schema, Optional.empty(), List.of(), "[]" + schema.goType());
    }

    private static Field field(String name, Schema schema, boolean required) {
        return new Field(name, schema, required, true, !required, List.of(), "", Set.of(), "", Optional.empty());
    }
}
