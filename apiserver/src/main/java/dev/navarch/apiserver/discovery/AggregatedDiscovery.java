package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.apiserver.tree.Tree;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Discovery in one document (source: k8s.io/api apidiscovery/v2/types.go). */
final class AggregatedDiscovery {
    private AggregatedDiscovery() {}

    /**
     * @param groups which groups; the core group's name is empty
     * @param version of apidiscovery.k8s.io: v2 or v2beta1
     */
    static ObjectNode of(
            Catalogue catalogue, ServedGroups served, Elsewhere elsewhere, Collection<String> groups, String version) {
        var list =
                Tree.object().put("kind", "APIGroupDiscoveryList").put("apiVersion", "apidiscovery.k8s.io/" + version);
        list.putObject("metadata");
        var items = list.putArray("items");
        for (var group : groups) {
            var item = items.addObject();
            var metadata = item.putObject("metadata");
            if (!group.isEmpty()) {
                metadata.put("name", group);
            }
            metadata.putNull("creationTimestamp");
            var versions = item.putArray("versions");
            for (var one : served.versions(group)) {
                var other = elsewhere.served().get(one);
                versions.add(other == null ? describe(catalogue, one) : describe(one, other));
            }
        }
        return list;
    }

    /** As its server describes it, or did when it last answered. */
    private static ObjectNode describe(GroupVersion version, Elsewhere.Served other) {
        return other.discovery()
                .deepCopy()
                .put("version", version.version())
                .put("freshness", other.stale() ? "Stale" : "Current");
    }

    private static ObjectNode describe(Catalogue catalogue, GroupVersion version) {
        var node = Tree.object().put("version", version.version());
        var resources = node.putArray("resources");
        catalogue.types(version).stream()
                .sorted(Comparator.comparing(ResourceType::plural))
                .forEach(t -> resources.add(describe(t)));
        node.put("freshness", "Current");
        return node;
    }

    private static ObjectNode describe(ResourceType type) {
        var node = Tree.object().put("resource", type.plural());
        node.set("responseKind", responseKind(type.groupVersion(), type.kind()));
        node.put("scope", type.namespaced() ? "Namespaced" : "Cluster").put("singularResource", type.singular());
        node.set("verbs", PlainDiscovery.sorted(type.verbs()));
        if (!type.shortNames().isEmpty()) {
            node.set("shortNames", Tree.arrayOf(type.shortNames()));
        }
        if (!type.categories().isEmpty()) {
            node.set("categories", Tree.arrayOf(type.categories()));
        }
        if (!type.subresources().isEmpty()) {
            var subresources = node.putArray("subresources");
            sorted(type)
                    .forEach(s -> subresources
                            .addObject()
                            .put("subresource", s.name())
                            .set("responseKind", responseKind(s.groupVersion(), s.kind()))
                            .set("verbs", PlainDiscovery.sorted(s.verbs())));
        }
        return node;
    }

    private static List<SubresourceType> sorted(ResourceType type) {
        return type.subresources().values().stream()
                .sorted(Comparator.comparing(SubresourceType::name))
                .toList();
    }

    private static ObjectNode responseKind(GroupVersion version, String kind) {
        return Tree.object()
                .put("group", version.group())
                .put("version", version.version())
                .put("kind", kind);
    }
}
