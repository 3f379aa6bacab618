package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whom a pod's node needs tokens for: the audiences that its volumes name, themselves or by the drivers that mount them
 * (source: kubernetes plugin/pkg/admission/noderestriction/admission.go, podReferencesAudience).
 *
 * @param objects to find drivers by claims and volumes
 */
record TokenAudiences(StoredObjects objects) {

    /** @param audience empty for the API server's own */
    boolean needs(ObjectNode pod, String audience) {
        return Tree.objects(pod, "spec", "volumes").stream()
                .anyMatch(volume -> projects(volume, audience)
                        || driver(pod, volume).filter(d -> asks(d, audience)).isPresent());
    }

    private static boolean projects(ObjectNode volume, String audience) {
        return Tree.objects(volume, "projected", "sources").stream()
                .filter(source -> Tree.has(source, "serviceAccountToken"))
                .anyMatch(source ->
                        Tree.text(source, "serviceAccountToken", "audience").equals(audience));
    }

    private boolean asks(String driver, String audience) {
        return objects.read("storage.k8s.io", "csidrivers", "", driver).stream()
                .flatMap(d -> Tree.objects(d, "spec", "tokenRequests").stream())
                .anyMatch(request -> Tree.text(request, "audience").equals(audience));
    }

    /** The driver that mounts the volume; empty if none does. */
    private Optional<String> driver(ObjectNode pod, ObjectNode volume) {
        if (Tree.has(volume, "csi")) {
            return Optional.of(Tree.text(volume, "csi", "driver"));
        }
        var claim = Tree.has(volume, "ephemeral")
                ? Meta.name(pod) + "-" + Tree.text(volume, "name")
                : Tree.text(volume, "persistentVolumeClaim", "claimName");
        return Stream.of(claim)
                .filter(name -> !name.isEmpty())
                .flatMap(name -> objects.read("", "persistentvolumeclaims", Meta.namespace(pod), name).stream())
                .flatMap(c -> objects.read("", "persistentvolumes", "", Tree.text(c, "spec", "volumeName")).stream())
                .map(v -> Tree.text(v, "spec", "csi", "driver"))
                .filter(name -> !name.isEmpty())
                .findFirst();
    }
}
