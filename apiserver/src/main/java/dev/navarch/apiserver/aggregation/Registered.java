package dev.navarch.apiserver.aggregation;

import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an APIService says (source: k8s.io/kube-aggregator pkg/apis/apiregistration/types.go).
 *
 * @param backend who serves the group and version; this server if empty
 * @param available whether it did when last asked
 */
record Registered(
        String name,
        String uid,
        GroupVersion groupVersion,
        int groupPriority,
        int versionPriority,
        Optional<Backend> backend,
        boolean available) {
    private static final int STANDARD_PORT = 443;

    /**
     * A service, and how its certificate is judged.
     *
     * @param caBundle Base64 of certificates as PEM; empty for those of the system
     */
    record Backend(String namespace, String service, int port, boolean insecure, String caBundle) {
        /** The name that its certificate must have. */
        String host() {
            return service + "." + namespace + ".svc";
        }
    }

    static Registered of(ObjectNode object) {
        var spec = Tree.at(object, "spec");
        var service = Tree.at(spec, "service");
        return new Registered(
                Meta.name(object),
                Meta.uid(object),
                new GroupVersion(Tree.text(spec, "group"), Tree.text(spec, "version")),
                (int) Tree.number(spec, 0, "groupPriorityMinimum"),
                (int) Tree.number(spec, 0, "versionPriority"),
                service.isObject()
                        ? Optional.of(new Backend(
                                Tree.text(service, "namespace"),
                                Tree.text(service, "name"),
                                (int) Tree.number(service, STANDARD_PORT, "port"),
                                Tree.flag(spec, false, "insecureSkipTLSVerify"),
                                Tree.text(spec, "caBundle")))
                        : Optional.empty(),
                Tree.objects(object, "status", "conditions").stream()
                        .anyMatch(c -> Tree.text(c, "type").equals("Available")
                                && Tree.text(c, "status").equals("True")));
    }
}
