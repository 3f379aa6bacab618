package dev.navarch.client;

import java.util.List;
import java.util.Optional;

/** A resource that {@link FakeApi} serves. */
record FakeType(String group, String version, String plural, String kind, boolean namespaced, boolean status) {

    static final List<FakeType> BUILT_IN = List.of(
            core("namespaces", "Namespace", false, true),
            core("nodes", "Node", false, true),
            core("persistentvolumes", "PersistentVolume", false, true),
            core("persistentvolumeclaims", "PersistentVolumeClaim", true, true),
            core("pods", "Pod", true, true),
            core("services", "Service", true, true),
            core("endpoints", "Endpoints", true, false),
            core("configmaps", "ConfigMap", true, false),
            core("secrets", "Secret", true, false),
            core("serviceaccounts", "ServiceAccount", true, false),
            core("events", "Event", true, false),
            core("replicationcontrollers", "ReplicationController", true, true),
            core("resourcequotas", "ResourceQuota", true, true),
            new FakeType("apps", "v1", "deployments", "Deployment", true, true),
            new FakeType("apps", "v1", "replicasets", "ReplicaSet", true, true),
            new FakeType("apps", "v1", "statefulsets", "StatefulSet", true, true),
            new FakeType("apps", "v1", "daemonsets", "DaemonSet", true, true),
            new FakeType("apps", "v1", "controllerrevisions", "ControllerRevision", true, false),
            new FakeType("batch", "v1", "jobs", "Job", true, true),
            new FakeType("batch", "v1", "cronjobs", "CronJob", true, true),
            new FakeType("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, true),
            new FakeType("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true, true),
            new FakeType("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, false),
            new FakeType("coordination.k8s.io", "v1", "leases", "Lease", true, false),
            new FakeType("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false, false),
            new FakeType("events.k8s.io", "v1", "events", "Event", true, false),
            new FakeType("storage.k8s.io", "v1", "csidrivers", "CSIDriver", false, false),
            new FakeType("storage.k8s.io", "v1", "csinodes", "CSINode", false, false),
            new FakeType("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", true, false),
            new FakeType("storage.k8s.io", "v1", "storageclasses", "StorageClass", false, false),
            new FakeType("storage.k8s.io", "v1", "volumeattributesclasses", "VolumeAttributesClass", false, false),
            new FakeType("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", false, true),
            new FakeType("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, false),
            new FakeType(
                    "certificates.k8s.io",
                    "v1",
                    "certificatesigningrequests",
                    "CertificateSigningRequest",
                    false,
                    true),
            new FakeType("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false, false),
            new FakeType("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", false, true),
            new FakeType("networking.k8s.io", "v1", "ipaddresses", "IPAddress", false, false),
            new FakeType("resource.k8s.io", "v1", "deviceclasses", "DeviceClass", false, false),
            new FakeType("resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true, true),
            new FakeType("resource.k8s.io", "v1", "resourceclaimtemplates", "ResourceClaimTemplate", true, false),
            new FakeType("resource.k8s.io", "v1", "resourceslices", "ResourceSlice", false, false),
            new FakeType("example.com", "v1", "widgets", "Widget", true, true),
            new FakeType("example.com", "v1", "gadgets", "Gadget", false, true));

    private static FakeType core(String plural, String kind, boolean namespaced, boolean status) {
        return new FakeType("", "v1", plural, kind, namespaced, status);
    }

    static Optional<FakeType> find(String group, String version, String plural) {
        return BUILT_IN.stream()
                .filter(t -> t.group.equals(group) && t.version.equals(version) && t.plural.equals(plural))
                .findFirst();
    }

    String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }
}
