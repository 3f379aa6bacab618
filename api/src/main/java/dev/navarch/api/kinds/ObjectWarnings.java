package dev.navarch.api.kinds;

import java.util.List;
import java.util.Map;

/**
 * What to know of objects other than pods (source: kubernetes pkg/api/service/warnings.go,
 * pkg/api/persistentvolume/util.go, pkg/api/persistentvolumeclaim/util.go, pkg/registry/networking/ingress/strategy.go,
 * pkg/registry/core/serviceaccount/strategy.go, pkg/api/storage/util.go).
 */
final class ObjectWarnings {
    private static final String OLD_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";
    private static final Map<String, String> VOLUMES = Map.of(
            "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+",
            "scaleIO", "deprecated in v1.16, non-functional in v1.22+",
            "storageos", "deprecated in v1.22, non-functional in v1.25+",
            "glusterfs", "deprecated in v1.25, non-functional in v1.26+",
            "cephfs", "deprecated in v1.28, non-functional in v1.31+",
            "rbd", "deprecated in v1.28, non-functional in v1.31+");

    private ObjectWarnings() {}

    static void service(At service, List<String> found) {
        if (annotation(service, "service.kubernetes.io/topology-aware-hints").isSet()) {
            found.add("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use"
                    + " service.kubernetes.io/topology-mode instead");
        }
        At spec = service.at("spec");
        boolean named = spec.at("type").is("ExternalName");
        boolean headless =
                spec.at("type").is("ClusterIP") && spec.at("clusterIP").is("None");
        boolean external = spec.at("externalIPs").size() > 0;
        if (headless) {
            if (!spec.at("loadBalancerIP").isEmpty()) {
                found.add("spec.loadBalancerIP is ignored for headless services");
            }
            if (external) {
                found.add("spec.externalIPs is ignored for headless services");
            }
            if (!spec.at("sessionAffinity").is("None")) {
                found.add("spec.SessionAffinity is ignored for headless services");
            }
        }
        if (external && !headless && !named) {
            found.add("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
        }
        if (named && external) {
            found.add("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
        }
        if (!named && !spec.at("externalName").isEmpty()) {
            found.add("spec.externalName is ignored when spec.type is not \"ExternalName\"");
        }
        if (spec.at("trafficDistribution").is("PreferClose")) {
            found.add("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"");
        }
    }

    static void serviceAccount(At account, List<String> found) {
        At enforces = annotation(account, "kubernetes.io/enforce-mountable-secrets");
        if (enforces.isSet()) {
            found.add(enforces.path()
                    + ": deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets");
        }
    }

    static void volume(At volume, List<String> found) {
        At spec = volume.at("spec");
        spec.at("nodeAffinity", "required", "nodeSelectorTerms")
                .items()
                .forEach(term -> NodeLabelWarnings.term(term, found));
        storageClass(volume, "use \"storageClassName\" attribute instead", found);
        At options = annotation(volume, "volume.beta.kubernetes.io/mount-options");
        if (options.isSet()) {
            found.add(options.path() + ": deprecated since v1.31; use \"mountOptions\" attribute instead");
        }
        if (spec.at("persistentVolumeReclaimPolicy").is("Recycle")) {
            found.add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the"
                    + " recommended approach is to use dynamic provisioning.");
        }
        VOLUMES.forEach((kind, why) -> {
            if (spec.at(kind).isSet()) {
                found.add(spec.at(kind).path() + ": " + why);
            }
        });
    }

    static void claim(At claim, List<String> found) {
        storageClass(claim, "use \"storageClassName\" attribute instead", found);
        At resources = claim.at("spec", "resources");
        PodWarnings.wholeBytes(resources.at("requests"), "storage", found);
        PodWarnings.wholeBytes(resources.at("limits"), "storage", found);
    }

    private static void storageClass(At object, String instead, List<String> found) {
        At named = annotation(object, OLD_STORAGE_CLASS);
        if (named.isSet()) {
            found.add(named.path() + ": deprecated since v1.8; " + instead);
        }
    }

    static void ingress(At ingress, List<String> found) {
        if (annotation(ingress, "kubernetes.io/ingress.class").isSet()
                && !ingress.at("spec", "ingressClassName").isSet()) {
            found.add("annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName'"
                    + " instead");
        }
    }

    static void storageClass(At storage, List<String> found) {
        for (At term : storage.at("allowedTopologies").items()) {
            term.at("matchLabelExpressions")
                    .items()
                    .forEach(expression -> NodeLabelWarnings.name(expression.at("key"), found));
        }
    }

    static void runtimeClass(At runtime, List<String> found) {
        NodeLabelWarnings.labels(runtime.at("scheduling", "nodeSelector"), found);
    }

    private static At annotation(At object, String key) {
        return object.at("metadata", "annotations").key(key);
    }
}
