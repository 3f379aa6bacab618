package dev.navarch.apiserver.admission;

import java.util.List;
import java.util.Set;

/**
 * Which labels a node may give itself (source: kubernetes staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go,
 * plugin/pkg/admission/noderestriction/admission.go).
 */
final class NodeLabels {
    private static final Set<String> OWN = Set.of(
            "kubernetes.io/hostname",
            "kubernetes.io/os",
            "kubernetes.io/arch",
            "topology.kubernetes.io/zone",
            "topology.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/zone",
            "failure-domain.beta.kubernetes.io/region",
            "node.kubernetes.io/instance-type",
            "node.kubernetes.io/windows-build",
            "beta.kubernetes.io/instance-type",
            "beta.kubernetes.io/os",
            "beta.kubernetes.io/arch");
    private static final List<String> OWN_DOMAINS = List.of("kubelet.kubernetes.io", "node.kubernetes.io");
    private static final List<String> RESERVED_DOMAINS = List.of("kubernetes.io", "k8s.io");
    private static final String RESTRICTED = "node-restriction.kubernetes.io";

    private NodeLabels() {}

    /** Whether no node may set, change or take away a label of its own with this key. */
    static boolean forbidden(String key) {
        int slash = key.indexOf('/');
        var domain = slash < 0 ? "" : key.substring(0, slash);
        return within(domain, RESTRICTED)
                || RESERVED_DOMAINS.stream().anyMatch(reserved -> within(domain, reserved))
                        && !OWN.contains(key)
                        && OWN_DOMAINS.stream().noneMatch(own -> within(domain, own));
    }

    private static boolean within(String domain, String other) {
        return domain.equals(other) || domain.endsWith("." + other);
    }
}
