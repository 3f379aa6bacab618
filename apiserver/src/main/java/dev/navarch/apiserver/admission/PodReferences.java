package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What kinds of objects a pod refers to (source: kubernetes pkg/api/pod/util.go, VisitPodSecretNames and others). */
final class PodReferences {
    /** Kinds of volumes, or none, in which a secret is named. */
    private static final List<String> SECRET_REFS =
            List.of("azureFile", "cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos", "csi");

    private final Set<String> found = new TreeSet<>();

    private PodReferences() {}

    /** Plural names of the kinds, such as {@code secrets}. */
    static Set<String> of(ObjectNode pod) {
        var references = new PodReferences();
        references.visit(pod);
        return references.found;
    }

    private void visit(ObjectNode pod) {
        if (!Tree.objects(pod, "spec", "imagePullSecrets").isEmpty()) {
            found.add("secrets");
        }
        if (!Tree.objects(pod, "spec", "resourceClaims").isEmpty()) {
            found.add("resourceclaims");
        }
        for (var list : List.of("containers", "initContainers", "ephemeralContainers")) {
            for (var container : Tree.objects(pod, "spec", list)) {
                for (var from : Tree.objects(container, "envFrom")) {
                    add("secrets", from, "secretRef");
                    add("configmaps", from, "configMapRef");
                }
                for (var variable : Tree.objects(container, "env")) {
                    add("secrets", variable, "valueFrom", "secretKeyRef");
                    add("configmaps", variable, "valueFrom", "configMapKeyRef");
                }
            }
        }
        Tree.objects(pod, "spec", "volumes").forEach(this::volume);
    }

    private void volume(ObjectNode volume) {
        add("secrets", volume, "secret");
        add("configmaps", volume, "configMap");
        add("persistentvolumeclaims", volume, "persistentVolumeClaim");
        for (var kind : SECRET_REFS) {
            for (var field : List.of("secretRef", "secretName", "nodePublishSecretRef")) {
                add("secrets", volume, kind, field);
            }
        }
        for (var source : Tree.objects(volume, "projected", "sources")) {
            add("secrets", source, "secret");
            add("configmaps", source, "configMap");
            add("service account tokens", source, "serviceAccountToken");
            add("clustertrustbundles", source, "clusterTrustBundle");
        }
    }

    private void add(String kind, JsonNode from, String... path) {
        if (Tree.has(from, path)) {
            found.add(kind);
        }
    }
}
