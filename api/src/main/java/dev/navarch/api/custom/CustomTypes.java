package dev.navarch.api.custom;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.Level;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The entries of the catalogue that a definition makes, one for each version. */
public final class CustomTypes {
    private static final Set<String> VERBS =
            Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
    private static final Set<String> PART_VERBS = Set.of("get", "patch", "update");

    private CustomTypes() {}

    /** @param schema {@link CustomSchemas#loose} or {@link CustomSchemas#typed} */
    public static ResourceType of(CustomDefinition definition, CustomVersion version, ObjectSchema schema) {
        var names = definition.names();
        var groupVersion = new GroupVersion(definition.group(), version.name());
        Map<String, SubresourceType> subresources = new LinkedHashMap<>();
        if (version.status()) {
            subresources.put(
                    "status", new SubresourceType("status", groupVersion, names.kind(), PART_VERBS, schema, Set.of()));
        }
        if (version.scale().isPresent()) {
            var scale = Catalogue.builtIn()
                    .find("apps", "v1", "deployments")
                    .map(t -> t.subresources().get("scale"))
                    .orElseThrow();
            subresources.put("scale", scale);
        }
        var deprecation = version.deprecation()
                .map(text -> text.isEmpty() ? groupVersion.apiVersion() + " " + names.kind() + " is deprecated" : text)
                .orElse("");
        return new ResourceType(
                groupVersion,
                names.plural(),
                names.singular(),
                names.kind(),
                names.listKind(),
                definition.scope(),
                VERBS,
                subresources,
                names.shortNames(),
                names.categories(),
                Level.STABLE,
                schema,
                deprecation);
    }
}
