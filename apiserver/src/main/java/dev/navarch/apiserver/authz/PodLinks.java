package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.authz.NodeGraph.Kind;
import dev.navarch.apiserver.authz.NodeGraph.Thing;
import dev.navarch.apiserver.tree.Tree;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a pod's node needs to run it (source: kubernetes plugin/pkg/auth/authorizer/node/graph.go, AddPod; pkg/api/v1/pod/
 * util.go, VisitPodSecretNames and VisitPodConfigmapNames; k8s.io/dynamic-resource-allocation resourceclaim).
 */
final class PodLinks {
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final List<String> CONTAINERS = List.of("containers", "initContainers", "ephemeralContainers");

    /** Volumes that name a secret under {@code secretRef.name}. */
    private static final List<String> BY_REFERENCE =
            List.of("cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos");

    private final String namespace;
    private final Set<Thing> things = new HashSet<>();

    private PodLinks(String namespace) {
        this.namespace = namespace;
    }

    /** Nothing for a mirror pod: a node makes those itself. */
    static Set<Thing> of(String namespace, JsonNode pod) {
        if (Tree.at(pod, "metadata", "annotations").has(MIRROR)) {
            return Set.of();
        }
        var links = new PodLinks(namespace);
        links.pod(pod);
        return links.things;
    }

    private void add(Kind kind, String name) {
        if (!name.isEmpty()) {
            things.add(new Thing(kind, namespace, name));
        }
    }

    private void pod(JsonNode pod) {
        add(Kind.SERVICE_ACCOUNT, Tree.text(pod, "spec", "serviceAccountName"));
        for (var secret : Tree.objects(pod, "spec", "imagePullSecrets")) {
            add(Kind.SECRET, Tree.text(secret, "name"));
        }
        for (var list : CONTAINERS) {
            Tree.objects(pod, "spec", list).forEach(this::container);
        }
        var name = Tree.text(pod, "metadata", "name");
        for (var volume : Tree.objects(pod, "spec", "volumes")) {
            volume(volume, name);
        }
        for (var claim : Tree.objects(pod, "spec", "resourceClaims")) {
            claimName(pod, claim).ifPresent(found -> add(Kind.RESOURCE_CLAIM, found));
        }
        add(Kind.RESOURCE_CLAIM, Tree.text(pod, "status", "extendedResourceClaimStatus", "resourceClaimName"));
    }

    private void container(ObjectNode container) {
        for (var from : Tree.objects(container, "envFrom")) {
            add(Kind.SECRET, Tree.text(from, "secretRef", "name"));
            add(Kind.CONFIG_MAP, Tree.text(from, "configMapRef", "name"));
        }
        for (var variable : Tree.objects(container, "env")) {
            add(Kind.SECRET, Tree.text(variable, "valueFrom", "secretKeyRef", "name"));
            add(Kind.CONFIG_MAP, Tree.text(variable, "valueFrom", "configMapKeyRef", "name"));
        }
    }

    private void volume(ObjectNode volume, String pod) {
        add(Kind.SECRET, Tree.text(volume, "secret", "secretName"));
        add(Kind.CONFIG_MAP, Tree.text(volume, "configMap", "name"));
        add(Kind.SECRET, Tree.text(volume, "azureFile", "secretName"));
        add(Kind.SECRET, Tree.text(volume, "csi", "nodePublishSecretRef", "name"));
        for (var kind : BY_REFERENCE) {
            add(Kind.SECRET, Tree.text(volume, kind, "secretRef", "name"));
        }
        for (var source : Tree.objects(volume, "projected", "sources")) {
            add(Kind.SECRET, Tree.text(source, "secret", "name"));
            add(Kind.CONFIG_MAP, Tree.text(source, "configMap", "name"));
        }
        add(Kind.CLAIM, Tree.text(volume, "persistentVolumeClaim", "claimName"));
        if (Tree.has(volume, "ephemeral")) {
            add(Kind.CLAIM, pod + "-" + Tree.text(volume, "name"));
        }
    }

    /** Of a claim made for the pod its status says the name, once it is made. */
    private static Optional<String> claimName(JsonNode pod, ObjectNode claim) {
        var named = Tree.text(claim, "resourceClaimName");
        if (!named.isEmpty()) {
            return Optional.of(named);
        }
        var name = Tree.text(claim, "name");
        return Tree.objects(pod, "status", "resourceClaimStatuses").stream()
                .filter(status -> Tree.text(status, "name").equals(name))
                .map(status -> Tree.text(status, "resourceClaimName"))
                .findFirst();
    }
}
