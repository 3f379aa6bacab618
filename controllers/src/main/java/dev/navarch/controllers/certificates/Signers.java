package dev.navarch.controllers.certificates;

import static java.util.stream.Collectors.joining;

import dev.navarch.controllers.CertificateSigner.Requested;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The signers that Kubernetes has itself, and what each refuses. source: kubernetes pkg/apis/certificates/helpers.go,
 * pkg/controller/certificates/signer/signer.go.
 */
final class Signers {
    static final String KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
    static final String KUBELET_SERVING = "kubernetes.io/kubelet-serving";
    private static final String CLIENT = "kubernetes.io/kube-apiserver-client";
    private static final String LEGACY = "kubernetes.io/legacy-unknown";

    private static final String SIGNATURE = "digital signature";
    private static final String ENCIPHERMENT = "key encipherment";
    private static final String CLIENT_AUTH = "client auth";
    private static final String SERVER_AUTH = "server auth";
    private static final String MASTERS = "system:masters";

    @FunctionalInterface
    private interface Check {
        Optional<String> complaint(Requested requested, List<String> usages);
    }

    private static final Map<String, Check> ALL = Map.of(
            KUBELET_CLIENT, Signers::kubeletClient,
            KUBELET_SERVING, Signers::kubeletServing,
            CLIENT, Signers::client,
            LEGACY, (requested, usages) -> Optional.empty());

    private Signers() {}

    static boolean isOurs(String signer) {
        return ALL.containsKey(signer);
    }

    /** Why the signer, one of ours, does not sign this. */
    static Optional<String> complaint(String signer, Requested requested, List<String> usages) {
        return ALL.get(signer).complaint(requested, usages);
    }

    private static Optional<String> kubeletClient(Requested requested, List<String> usages) {
        if (!requested.organizations().equals(List.of("system:nodes"))) {
            return Optional.of("subject organization is not system:nodes");
        }
        if (!requested.dnsNames().isEmpty()) {
            return Optional.of("DNS subjectAltNames are not allowed");
        }
        if (!requested.emails().isEmpty()) {
            return Optional.of("Email subjectAltNames are not allowed");
        }
        if (!requested.addresses().isEmpty()) {
            return Optional.of("IP subjectAltNames are not allowed");
        }
        if (!requested.uris().isEmpty()) {
            return Optional.of("URI subjectAltNames are not allowed");
        }
        return ofNode(requested).or(() -> exactly(usages, CLIENT_AUTH));
    }

    private static Optional<String> kubeletServing(Requested requested, List<String> usages) {
        if (!requested.organizations().equals(List.of("system:nodes"))) {
            return Optional.of("subject organization is not system:nodes");
        }
        if (requested.dnsNames().isEmpty() && requested.addresses().isEmpty()) {
            return Optional.of("DNS or IP subjectAltName is required");
        }
        if (!requested.emails().isEmpty()) {
            return Optional.of("Email subjectAltNames are not allowed");
        }
        if (!requested.uris().isEmpty()) {
            return Optional.of("URI subjectAltNames are not allowed");
        }
        return exactly(usages, SERVER_AUTH).or(() -> ofNode(requested));
    }

    /** The group is what upstream's admission refuses (plugin/pkg/admission/certificates/subjectrestriction). */
    private static Optional<String> client(Requested requested, List<String> usages) {
        if (requested.organizations().contains(MASTERS)) {
            return Optional.of("use of " + CLIENT + " signer with " + MASTERS + " group is not allowed");
        }
        for (var usage : usages) {
            if (!Set.of(SIGNATURE, ENCIPHERMENT, CLIENT_AUTH).contains(usage)) {
                return Optional.of("invalid usage for client certificate: " + usage);
            }
        }
        return usages.contains(CLIENT_AUTH)
                ? Optional.empty()
                : Optional.of("missing required usage for client certificate: " + CLIENT_AUTH);
    }

    private static Optional<String> ofNode(Requested requested) {
        return requested.commonName().startsWith("system:node:")
                ? Optional.empty()
                : Optional.of("subject common name does not begin with system:node:");
    }

    private static Optional<String> exactly(List<String> usages, String purpose) {
        var asked = Set.copyOf(usages);
        return asked.equals(Set.of(SIGNATURE, ENCIPHERMENT, purpose)) || asked.equals(Set.of(SIGNATURE, purpose))
                ? Optional.empty()
                : Optional.of("usages did not match "
                        + Stream.of(SIGNATURE, ENCIPHERMENT, purpose).sorted().collect(joining(" ", "[", "]")));
    }
}
