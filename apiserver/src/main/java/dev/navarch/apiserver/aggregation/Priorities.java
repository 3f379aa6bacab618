package dev.navarch.apiserver.aggregation;

import dev.navarch.api.GroupVersion;
import java.util.Map;

/**
 * Where the groups and versions that this server serves stand among all (source: k8s.io/kubernetes
 * pkg/controlplane/apiserver/aggregator.go; cmd/kube-apiserver/app/aggregator.go).
 */
final class Priorities {
    private static final Map<String, Integer> GROUPS = Map.ofEntries(
            Map.entry("", 18_000),
            Map.entry("apps", 17_800),
            Map.entry("events.k8s.io", 17_750),
            Map.entry("authentication.k8s.io", 17_700),
            Map.entry("authorization.k8s.io", 17_600),
            Map.entry("autoscaling", 17_500),
            Map.entry("batch", 17_400),
            Map.entry("certificates.k8s.io", 17_300),
            Map.entry("networking.k8s.io", 17_200),
            Map.entry("extensions", 17_150),
            Map.entry("policy", 17_100),
            Map.entry("rbac.authorization.k8s.io", 17_000),
            Map.entry("storage.k8s.io", 16_800),
            Map.entry("apiextensions.k8s.io", 16_700),
            Map.entry("admissionregistration.k8s.io", 16_700),
            Map.entry("scheduling.k8s.io", 16_600),
            Map.entry("coordination.k8s.io", 16_500),
            Map.entry("node.k8s.io", 16_300),
            Map.entry("discovery.k8s.io", 16_200),
            Map.entry("flowcontrol.apiserver.k8s.io", 16_100),
            Map.entry("internal.apiserver.k8s.io", 16_000),
            Map.entry("resource.k8s.io", 15_900),
            Map.entry("storagemigration.k8s.io", 15_800));

    /** Of a group that is built in but has no place of its own. */
    private static final int OTHER_GROUP = 15_000;

    private static final Map<String, Integer> VERSIONS = Map.ofEntries(
            Map.entry("v1", 1),
            Map.entry("admissionregistration.k8s.io/v1alpha1", 9),
            Map.entry("admissionregistration.k8s.io/v1beta1", 12),
            Map.entry("autoscaling/v2", 30),
            Map.entry("coordination.k8s.io/v1alpha2", 12),
            Map.entry("coordination.k8s.io/v1beta1", 13),
            Map.entry("discovery.k8s.io/v1beta1", 12),
            Map.entry("events.k8s.io/v1beta1", 5),
            Map.entry("flowcontrol.apiserver.k8s.io/v1", 21),
            Map.entry("flowcontrol.apiserver.k8s.io/v1beta3", 18),
            Map.entry("internal.apiserver.k8s.io/v1alpha1", 9),
            Map.entry("resource.k8s.io/v1alpha3", 9));

    /** Custom resources come last; the versions of a group are ordered by their names. */
    static final Priorities CUSTOM = new Priorities(1_000, 100);

    private final int group;
    private final int version;

    Priorities(int group, int version) {
        this.group = group;
        this.version = version;
    }

    int group() {
        return group;
    }

    int version() {
        return version;
    }

    static Priorities builtIn(GroupVersion version) {
        return new Priorities(
                GROUPS.getOrDefault(version.group(), OTHER_GROUP),
                VERSIONS.getOrDefault(version.apiVersion(), byStage(version.version())));
    }

    private static int byStage(String version) {
        return version.contains("alpha") ? 1 : version.contains("beta") ? 9 : 15;
    }
}
