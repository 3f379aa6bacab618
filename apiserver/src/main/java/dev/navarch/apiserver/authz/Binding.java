package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.tree.Tree;
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

        boolean group() {
            return kind.equals("Group");
        }

        /** The name of the user, or of the group. */
        String who() {
            return kind.equals("ServiceAccount") ? "system:serviceaccount:" + namespace + ":" + name : name;
        }
    }

    static Binding of(JsonNode tree) {
        return new Binding(
                Tree.text(tree, "metadata", "namespace"),
                Tree.text(tree, "metadata", "name"),
                Tree.text(tree, "roleRef", "kind").equals("ClusterRole"),
                Tree.text(tree, "roleRef", "name"),
                Tree.objects(tree, "subjects").stream()
                        .map(subject -> new Subject(
                                Tree.text(subject, "kind"),
                                Tree.text(subject, "namespace"),
                                Tree.text(subject, "name")))
                        .toList());
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
