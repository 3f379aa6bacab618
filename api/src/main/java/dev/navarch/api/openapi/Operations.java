package dev.navarch.api.openapi;

import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.SubresourceType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can be asked of a resource, as the operations of OpenAPI, named as upstream names them (source: k8s.io/apiserver
 * pkg/endpoints/installer.go and openapi/openapi.go).
 */
final class Operations {

    /** Query parameters, by what they are for. */
    enum Parameters {
        NONE,
        LIST,
        WRITE,
        PATCH,
        DELETE,
        DELETE_COLLECTION,
        CONNECT
    }

    /**
     * @param path below the server's root, with {@code {namespace}}, {@code {name}} and {@code {path}}
     * @param method in lower case
     * @param action as {@code x-kubernetes-action} names it; empty for none
     * @param id the operation's ID
     * @param description what it does
     * @param groupVersion of the kind
     * @param kind that it is about; empty for none
     * @param body what it takes; a patch takes anything
     * @param answer what it gives; empty for text
     * @param parameters what its query may have
     * @param declared whether it is about a custom resource, which is never protobuf and has no strategic merge patches
     */
    record Operation(
            String path,
            String method,
            String action,
            String id,
            String description,
            GroupVersion groupVersion,
            String kind,
            Optional<ObjectSchema> body,
            Optional<ObjectSchema> answer,
            Parameters parameters,
            boolean declared) {

        Operation(
                String path,
                String method,
                String action,
                String id,
                String description,
                GroupVersion groupVersion,
                String kind,
                Optional<ObjectSchema> body,
                Optional<ObjectSchema> answer,
                Parameters parameters) {
            this(path, method, action, id, description, groupVersion, kind, body, answer, parameters, false);
        }

        Operation asDeclared() {
            return new Operation(
                    path, method, action, id, description, groupVersion, kind, body, answer, parameters, true);
        }
    }

    private static final List<String> PROXY_METHODS =
            List.of("delete", "get", "head", "options", "patch", "post", "put");

    private final Catalogue catalogue;
    private final Kinds kinds;

    Operations(Catalogue catalogue, Kinds kinds) {
        this.catalogue = catalogue;
        this.kinds = kinds;
    }

    static ObjectNode groupVersionKind(GroupVersion groupVersion, String kind) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("group", groupVersion.group())
                .put("kind", kind)
                .put("version", groupVersion.version());
    }

    /** {@code Core} + {@code V1}, {@code RbacAuthorization} + {@code V1}. */
    static String identifier(GroupVersion groupVersion) {
        var group = groupVersion.group().isEmpty() ? "core" : groupVersion.group();
        var id = new StringBuilder();
        for (var word : group.replaceFirst("\\.k8s\\.io$", "").split("[.-]")) {
            id.append(capitalized(word));
        }
        var version = groupVersion.version();
        return version.isEmpty()
                ? id.toString()
                : id.append(capitalized(version)).toString();
    }

    /** {@code core_v1}, {@code rbacAuthorization_v1}; without a version {@code rbacAuthorization}. */
    static String tag(GroupVersion groupVersion) {
        var id = identifier(groupVersion);
        int version = id.length() - groupVersion.version().length();
        var group = id.substring(0, 1).toLowerCase(Locale.ROOT) + id.substring(1, version);
        return groupVersion.version().isEmpty() ? group : group + "_" + groupVersion.version();
    }

    private static String capitalized(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    List<Operation> of(GroupVersion groupVersion) {
        var operations = new ArrayList<Operation>();
        operations.add(new Operation(
                groupVersion.urlPrefix() + "/",
                "get",
                "",
                "get" + identifier(groupVersion) + "APIResources",
                "get available resources",
                groupVersion,
                "",
                Optional.empty(),
                Optional.of(catalogue.metaSchema("APIResourceList")),
                Parameters.NONE));
        catalogue.types(groupVersion).forEach(type -> add(operations, type));
        return operations;
    }

    /** Of custom resources, for which there is no more than this. */
    List<Operation> of(Collection<ResourceType> declared) {
        var operations = new ArrayList<Operation>();
        declared.forEach(type -> add(operations, type));
        return operations.stream().map(Operation::asDeclared).toList();
    }

    private void add(List<Operation> operations, ResourceType type) {
        addCollection(operations, type);
        addItem(operations, type);
        type.subresources().values().stream()
                .sorted(java.util.Comparator.comparing(SubresourceType::name))
                .forEach(s -> addSubresource(operations, type, s));
    }

    private static String scope(ResourceType type) {
        return type.namespaced() ? "Namespaced" : "";
    }

    private static String collection(ResourceType type) {
        return type.groupVersion().urlPrefix() + (type.namespaced() ? "/namespaces/{namespace}/" : "/") + type.plural();
    }

    private void addCollection(List<Operation> operations, ResourceType type) {
        var id = identifier(type.groupVersion());
        var kind = type.kind();
        var path = collection(type);
        var verbs = type.verbs();
        var schema = Optional.of(type.schema());
        if (verbs.contains("create")) {
            operations.add(operation(
                    type,
                    path,
                    "post",
                    "post",
                    "create" + id + scope(type) + kind,
                    "create" + article(kind),
                    schema,
                    schema,
                    Parameters.WRITE));
        }
        if (verbs.contains("list")) {
            var list = Optional.of(kinds.listSchema(type));
            operations.add(operation(
                    type,
                    path,
                    "get",
                    "list",
                    "list" + id + scope(type) + kind,
                    "list or watch objects of kind " + kind,
                    Optional.empty(),
                    list,
                    Parameters.LIST));
            if (type.namespaced()) {
                operations.add(operation(
                        type,
                        type.groupVersion().urlPrefix() + "/" + type.plural(),
                        "get",
                        "list",
                        "list" + id + kind + "ForAllNamespaces",
                        "list or watch objects of kind " + kind,
                        Optional.empty(),
                        list,
                        Parameters.LIST));
            }
        }
        if (verbs.contains("deletecollection")) {
            operations.add(operation(
                    type,
                    path,
                    "delete",
                    "deletecollection",
                    "delete" + id + "Collection" + scope(type) + kind,
                    "delete collection of " + kind,
                    Optional.of(catalogue.metaSchema("DeleteOptions")),
                    Optional.of(catalogue.metaSchema("Status")),
                    Parameters.DELETE_COLLECTION));
        }
    }

    private void addItem(List<Operation> operations, ResourceType type) {
        var path = collection(type) + "/{name}";
        var schema = Optional.of(type.schema());
        var name = identifier(type.groupVersion()) + scope(type) + type.kind();
        addReadAndWrite(
                operations, type, path, name, type.verbs(), type.groupVersion(), type.kind(), type.kind(), schema);
        if (type.verbs().contains("delete")) {
            operations.add(operation(
                    type,
                    path,
                    "delete",
                    "delete",
                    "delete" + name,
                    "delete" + article(type.kind()),
                    Optional.of(catalogue.metaSchema("DeleteOptions")),
                    Optional.of(catalogue.metaSchema("Status")),
                    Parameters.DELETE));
        }
    }

    private static void addReadAndWrite(
            List<Operation> operations,
            ResourceType type,
            String path,
            String name,
            Set<String> verbs,
            GroupVersion groupVersion,
            String kind,
            String what,
            Optional<ObjectSchema> schema) {
        if (verbs.contains("get")) {
            operations.add(new Operation(
                    path,
                    "get",
                    "get",
                    "read" + name,
                    "read " + what + " of the specified " + type.kind(),
                    groupVersion,
                    kind,
                    Optional.empty(),
                    schema,
                    Parameters.NONE));
        }
        if (verbs.contains("update")) {
            operations.add(new Operation(
                    path,
                    "put",
                    "put",
                    "replace" + name,
                    "replace " + what + " of the specified " + type.kind(),
                    groupVersion,
                    kind,
                    schema,
                    schema,
                    Parameters.WRITE));
        }
        if (verbs.contains("patch")) {
            operations.add(new Operation(
                    path,
                    "patch",
                    "patch",
                    "patch" + name,
                    "partially update " + what + " of the specified " + type.kind(),
                    groupVersion,
                    kind,
                    Optional.empty(),
                    schema,
                    Parameters.PATCH));
        }
    }

    private static void addSubresource(List<Operation> operations, ResourceType type, SubresourceType subresource) {
        var path = collection(type) + "/{name}/" + subresource.name();
        var name = scope(type) + type.kind() + capitalized(subresource.name());
        var id = identifier(type.groupVersion());
        if (subresource.kind().endsWith("Options")) {
            boolean proxy = subresource.name().equals("proxy");
            for (var method : proxy ? PROXY_METHODS : List.of("get", "post")) {
                operations.add(connect(type, subresource, path, method, "connect" + id + capitalized(method) + name));
                if (proxy) {
                    operations.add(connect(
                            type,
                            subresource,
                            path + "/{path}",
                            method,
                            "connect" + id + capitalized(method) + name + "WithPath"));
                }
            }
            return;
        }
        var schema = Optional.of(subresource.schema());
        boolean text = subresource.name().equals("log");
        addReadAndWrite(
                operations,
                type,
                path,
                id + name,
                subresource.verbs(),
                subresource.groupVersion(),
                subresource.kind(),
                subresource.name(),
                text ? Optional.empty() : schema);
        if (subresource.verbs().contains("create")) {
            operations.add(new Operation(
                    path,
                    "post",
                    "post",
                    "create" + id + name,
                    "create " + subresource.name() + " of" + article(type.kind()),
                    subresource.groupVersion(),
                    subresource.kind(),
                    schema,
                    schema,
                    Parameters.WRITE));
        }
    }

    private static Operation connect(
            ResourceType type, SubresourceType subresource, String path, String method, String id) {
        return new Operation(
                path,
                method,
                "connect",
                id,
                "connect " + method.toUpperCase(Locale.ROOT) + " requests to " + subresource.name() + " of "
                        + type.kind(),
                subresource.groupVersion(),
                subresource.kind(),
                Optional.empty(),
                Optional.empty(),
                Parameters.CONNECT);
    }

    private static Operation operation(
            ResourceType type,
            String path,
            String method,
            String action,
            String id,
            String description,
            Optional<ObjectSchema> body,
            Optional<ObjectSchema> answer,
            Parameters parameters) {
        return new Operation(
                path, method, action, id, description, type.groupVersion(), type.kind(), body, answer, parameters);
    }

    private static String article(String kind) {
        return ("AEIOU".indexOf(kind.charAt(0)) >= 0 ? " an " : " a ") + kind;
    }
}
