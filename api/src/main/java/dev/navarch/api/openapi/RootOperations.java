package dev.navarch.api.openapi;

import dev.navarch.api.ApiGroup;
import dev.navarch.api.Catalogue;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.ObjectSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What can be asked of the server beside resources: which groups it has, its version, its logs, who issues its tokens
 * (source: k8s.io/apiserver pkg/endpoints/discovery, pkg/server/routes; kubernetes pkg/routes).
 */
final class RootOperations {
    private static final GroupVersion NONE = new GroupVersion("", "v1");

    /**
     * A document of its own in version 3.
     *
     * @param path the document's, such as {@code apis/apps}
     */
    record Root(String path, String tag, List<Operations.Operation> operations) {}

    private final Catalogue catalogue;

    RootOperations(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    List<Root> all() {
        var roots = new ArrayList<Root>();
        roots.add(root(".well-known/openid-configuration", "WellKnown", "getServiceAccountIssuerOpenIDConfiguration"));
        roots.add(root("api", "core", "getCoreAPIVersions", "versions of the core group", "APIVersions"));
        roots.add(root("apis", "apis", "getAPIVersions", "groups and their versions", "APIGroupList"));
        for (var group : catalogue.groups()) {
            if (!group.name().isEmpty()) {
                roots.add(group(group));
            }
        }
        roots.add(new Root(
                "logs",
                "logs",
                List.of(
                        get("/logs/", "logFileListHandler", "list the log files", Optional.empty()),
                        get("/logs/{logpath}", "logFileHandler", "read a log file", Optional.empty()))));
        roots.add(root("openid/v1/jwks", "openid", "getServiceAccountIssuerOpenIDKeyset"));
        roots.add(root("version", "version", "getCodeVersion"));
        return roots;
    }

    private Root group(ApiGroup group) {
        var first = new GroupVersion(group.name(), "");
        return root(
                "apis/" + group.name(),
                Operations.tag(first),
                "get" + Operations.identifier(first) + "APIGroup",
                "versions of the group",
                "APIGroup");
    }

    private Root root(String path, String tag, String id, String description, String answer) {
        return new Root(
                path, tag, List.of(get("/" + path + "/", id, description, Optional.of(catalogue.metaSchema(answer)))));
    }

    private static Root root(String path, String tag, String id) {
        return new Root(path, tag, List.of(get("/" + path + "/", id, tag, Optional.empty())));
    }

    private static Operations.Operation get(String path, String id, String description, Optional<ObjectSchema> answer) {
        return new Operations.Operation(
                path, "get", "", id, description, NONE, "", Optional.empty(), answer, Operations.Parameters.NONE);
    }
}
