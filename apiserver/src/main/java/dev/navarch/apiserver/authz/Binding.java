package dev.navarch.apiserver.authz;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A role given to subjects.
 *
 * @param namespace empty for a ClusterRoleBinding
 */
record Binding(String namespace, String name, boolean clusterRole, String role, List<Subject> subjects) {

    /** @param kind User, Group or ServiceAccount; {@code namespace} is the account's */
    record Subject(String kind, String namespace, String name) {

        /** By what the index finds the subject's bindings. */
        String key() {
            return switch (kind) {
                case "Group" -> groupKey(name);
                case "ServiceAccount" -> userKey("system:serviceaccount:" + namespace + ":" + name);
                default -> userKey(name);
            };
        }
    }

    static String userKey(String name) {
        return "user " + name;
    }

    static String groupKey(String name) {
        return "group " + name;
    }

    static Binding of(JsonNode tree) {
        var meta = tree.path("metadata");
        List<Subject> subjects = new ArrayList<>();
        for (var subject : tree.path("subjects")) {
            subjects.add(new Subject(
                    subject.path("kind").asString(""),
                    subject.path("namespace").asString(""),
                    subject.path("name").asString("")));
        }
        return new Binding(
                meta.path("namespace").asString(""),
                meta.path("name").asString(""),
                tree.path("roleRef").path("kind").asString("").equals("ClusterRole"),
                tree.path("roleRef").path("name").asString(""),
                List.copyOf(subjects));
    }

    /** As upstream's reason names it. */
    String reason(Subject subject) {
        var binding = namespace.isEmpty()
                ? "ClusterRoleBinding \"" + name + "\""
                : "RoleBinding \"" + name + "/" + namespace + "\"";
        var to = subject.kind.equals("ServiceAccount")
                ? "ServiceAccount \"" + subject.name + "/" + subject.namespace + "\""
                : subject.kind + " \"" + subject.name + "\"";
        return "RBAC: allowed by " + binding + " of " + (clusterRole ? "ClusterRole" : "Role") + " \"" + role + "\" to "
                + to;
    }
}
