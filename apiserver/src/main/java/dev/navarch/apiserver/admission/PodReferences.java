package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a pod names an object of the API (source: kubernetes pkg/api/pod/util.go: HasAPIObjectReference, VisitPodSecretNames,
 * VisitPodConfigmapNames).
 */
final class PodReferences {
    private static final List<String> CONTAINERS = List.of("containers", "initContainers", "ephemeralContainers");

    /** Volumes that may name a secret, and in which field. */
    private static final Map<String, String> SECRETS_OF_VOLUMES = Map.ofEntries(
            Map.entry("secret", "secretName"),
            Map.entry("azureFile", "secretName"),
            Map.entry("cephfs", "secretRef"),
            Map.entry("cinder", "secretRef"),
            Map.entry("flexVolume", "secretRef"),
            Map.entry("rbd", "secretRef"),
            Map.entry("scaleIO", "secretRef"),
            Map.entry("iscsi", "secretRef"),
            Map.entry("storageos", "secretRef"),
            Map.entry("csi", "nodePublishSecretRef"));

    private final ObjectNode pod;

    private PodReferences(ObjectNode pod) {
        this.pod = pod;
    }

    /** What upstream finds first, in its words. */
    static Optional<String> first(ObjectNode pod) {
        return new PodReferences(pod).first();
    }

    private Optional<String> first() {
        if (!Tree.text(pod, "spec", "serviceAccountName").isEmpty()) {
            return Optional.of("serviceaccounts");
        }
        if (!Tree.objects(pod, "spec", "imagePullSecrets").isEmpty()
                || inContainers("secretRef", "secretKeyRef")
                || volumes().anyMatch(PodReferences::namesSecret)) {
            return Optional.of("secrets");
        }
        if (inContainers("configMapRef", "configMapKeyRef")
                || volumes().anyMatch(holds("configMap"))
                || volumes().flatMap(PodReferences::sources).anyMatch(holds("configMap"))) {
            return Optional.of("configmaps");
        }
        if (!Tree.objects(pod, "spec", "resourceClaims").isEmpty()) {
            return Optional.of("resourceclaims");
        }
        return volumes()
                .flatMap(volume ->
                        Stream.concat(ofVolume(volume), sources(volume).flatMap(PodReferences::ofSource)))
                .findFirst();
    }

    private Stream<ObjectNode> volumes() {
        return Tree.objects(pod, "spec", "volumes").stream();
    }

    private static Stream<ObjectNode> sources(ObjectNode volume) {
        return Tree.objects(volume, "projected", "sources").stream();
    }

    private static Predicate<JsonNode> holds(String field) {
        return tree -> Tree.has(tree, field);
    }

    private boolean inContainers(String whole, String key) {
        return CONTAINERS.stream()
                .flatMap(list -> Tree.objects(pod, "spec", list).stream())
                .anyMatch(
                        container -> Tree.objects(container, "envFrom").stream().anyMatch(holds(whole))
                                || Tree.objects(container, "env").stream()
                                        .anyMatch(variable -> Tree.has(variable, "valueFrom", key)));
    }

    private static boolean namesSecret(ObjectNode volume) {
        return sources(volume).anyMatch(holds("secret"))
                || SECRETS_OF_VOLUMES.entrySet().stream()
                        .anyMatch(field -> Tree.has(volume, field.getKey(), field.getValue()));
    }

    private static Stream<String> ofVolume(ObjectNode volume) {
        return found(
                volume,
                List.of("secret", "csi", "glusterfs", "persistentVolumeClaim", "ephemeral", "azureFile"),
                List.of(
                        "secrets (via secret volumes)",
                        "csidrivers (via CSI volumes)",
                        "endpoints (via glusterFS volumes)",
                        "persistentvolumeclaims",
                        "persistentvolumeclaims (via ephemeral volumes)",
                        "secrets (via azureFile volumes)"));
    }

    private static Stream<String> ofSource(ObjectNode source) {
        return found(
                source,
                List.of("serviceAccountToken", "clusterTrustBundle", "podCertificate"),
                List.of("serviceaccounts (via projected volumes)", "clustertrustbundles", "podcertificates"));
    }

    private static Stream<String> found(ObjectNode tree, List<String> fields, List<String> words) {
        return Stream.iterate(0, i -> i < fields.size(), i -> i + 1)
                .filter(i -> Tree.has(tree, fields.get(i)))
                .map(words::get);
    }
}
