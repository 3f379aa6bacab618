package dev.navarch.apiserver.discovery;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import dev.navarch.api.versions.StoredAs;
import dev.navarch.apiserver.tree.Tree;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Discovery in one document a group and one a version (source: k8s.io/apimachinery pkg/apis/meta/v1/types.go). */
final class PlainDiscovery {
    private PlainDiscovery() {}

    static ObjectNode versions(String serverAddress) {
        var versions = Tree.object().put("kind", "APIVersions");
        versions.putArray("versions").add("v1");
        versions.putArray("serverAddressByClientCIDRs")
                .addObject()
                .put("clientCIDR", "0.0.0.0/0")
                .put("serverAddress", serverAddress);
        return versions;
    }

    static ObjectNode groupList(ServedGroups served) {
        var list = Tree.object().put("kind", "APIGroupList").put("apiVersion", "v1");
        var groups = list.putArray("groups");
        for (var group : served.named()) {
            groups.add(describe(Tree.object(), served, group));
        }
        return list;
    }

    static ObjectNode group(ServedGroups served, String group) {
        return describe(Tree.object().put("kind", "APIGroup").put("apiVersion", "v1"), served, group);
    }

    private static ObjectNode describe(ObjectNode node, ServedGroups served, String group) {
        node.put("name", group);
        var all = node.putArray("versions");
        var versions = served.versions(group);
        for (var version : versions) {
            all.add(describe(version));
        }
        node.set("preferredVersion", describe(versions.getFirst()));
        return node;
    }

    private static ObjectNode describe(GroupVersion version) {
        return Tree.object().put("groupVersion", version.apiVersion()).put("version", version.version());
    }

    static ObjectNode resources(Catalogue catalogue, GroupVersion version) {
        var list = Tree.object().put("kind", "APIResourceList");
        if (!version.group().isEmpty()) {
            list.put("apiVersion", "v1");
        }
        list.put("groupVersion", version.apiVersion());
        var resources = list.putArray("resources");
        var byName = new TreeMap<String, ObjectNode>();
        for (var type : catalogue.types(version)) {
            byName.put(
                    type.plural(), describe(type, StoredAs.of(type, catalogue).type()));
            for (var sub : type.subresources().values()) {
                byName.put(type.plural() + "/" + sub.name(), describe(type, sub));
            }
        }
        byName.values().forEach(resources::add);
        return list;
    }

    private static ObjectNode describe(ResourceType type, ResourceType stored) {
        var node = Tree.object()
                .put("name", type.plural())
                .put("singularName", type.singular())
                .put("namespaced", type.namespaced())
                .put("kind", type.kind());
        node.set("verbs", sorted(type.verbs()));
        if (!type.shortNames().isEmpty()) {
            node.set("shortNames", Tree.arrayOf(type.shortNames()));
        }
        if (!type.categories().isEmpty()) {
            node.set("categories", Tree.arrayOf(type.categories()));
        }
        if (type.stored()) {
            node.put("storageVersionHash", StorageVersionHash.of(stored));
        }
        return node;
    }

    private static ObjectNode describe(ResourceType type, SubresourceType sub) {
        var node = Tree.object()
                .put("name", type.plural() + "/" + sub.name())
                .put("singularName", "")
                .put("namespaced", type.namespaced());
        if (!sub.groupVersion().equals(type.groupVersion())) {
            if (!sub.groupVersion().group().isEmpty()) {
                node.put("group", sub.groupVersion().group());
            }
            node.put("version", sub.groupVersion().version());
        }
        node.put("kind", sub.kind());
        node.set("verbs", sorted(sub.verbs()));
        return node;
    }

    static ArrayNode sorted(Collection<String> names) {
        return Tree.arrayOf(List.copyOf(new TreeSet<>(names)));
    }
}
