package dev.navarch.cluster;

import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Informer;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.RequestWriter;
import dev.navarch.kubelet.certificates.CertificateFiles;
import dev.navarch.kubelet.certificates.CertificateKind;
import dev.navarch.kubelet.certificates.CertificateRotation;
import dev.navarch.kubelet.certificates.Certified;
import dev.navarch.kubelet.certificates.Wanted;
import dev.navarch.kubelet.server.KubeletServerConfig;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The certificates of the machine's own node: what its API is served with, and how a node gets one. In this process nodes
 * call the API server and need no certificate to show it.
 *
 * @param first what the node serves with until it has a certificate that it asked for
 * @param authority of the cluster
 */
record NodeCertificates(Supplier<Certified> first, X509Certificate authority, TlsSettings tls) {
    private static final Set<String> ADDRESSES = Set.of("InternalIP", "ExternalIP");
    /** The first certificate is good for a year: no need to ask for the other while all starts. */
    private static final Duration AFTER_START = Duration.ofSeconds(10);

    /** Keeps the serving certificate of a node current, once it is started. */
    CertificateRotation serving(
            String node, Path folder, Informer<Node> nodes, ApiClient client, TimeSource time, RandomGenerator random) {
        var rotation = rotation(
                CertificateKind.SERVING,
                () -> nodes.get("", node).map(NodeCertificates::addresses).map(found -> Wanted.serving(node, found)),
                folder,
                authority,
                client,
                time,
                random);
        rotation.start(AFTER_START.plusMillis(random.nextLong(AFTER_START.toMillis())));
        return rotation;
    }

    static CertificateRotation rotation(
            CertificateKind kind,
            Supplier<Optional<Wanted>> wanted,
            Path folder,
            X509Certificate authority,
            ApiClient client,
            TimeSource time,
            RandomGenerator random) {
        return new CertificateRotation(
                kind,
                wanted,
                NodeCertificates::request,
                new CertificateFiles(folder, kind.file()),
                authority,
                _ -> client,
                time,
                random);
    }

    private static CertificateRotation.Requester.Made request(Wanted wanted) throws GeneralSecurityException {
        var random = new SecureRandom();
        var keys = CertificateAuthority.newKeys(random);
        List<String> hosts = new ArrayList<>(wanted.dnsNames());
        hosts.addAll(wanted.addresses());
        var request = new CertificateRequest(wanted.commonName(), wanted.organizations(), Set.of(), hosts);
        return new CertificateRotation.Requester.Made(
                keys.getPrivate(), keys.getPublic(), RequestWriter.pem(request, keys, random));
    }

    private static List<String> addresses(Node node) {
        return node.getStatus() == null || node.getStatus().getAddresses() == null
                ? List.of()
                : node.getStatus().getAddresses().stream()
                        .filter(address -> ADDRESSES.contains(address.getType()))
                        .map(address -> address.getAddress())
                        .toList();
    }

    /** The node's API, on any free port; others than the API server may what that says that they may. */
    KubeletServerConfig api(CertificateRotation serving, ApiClient reviews) {
        return new KubeletServerConfig(
                new InetSocketAddress(0),
                () -> serving.current().orElseGet(first),
                List.of(authority),
                Set.of(ClusterCertificates.KUBELET_CLIENT),
                Optional.of(reviews),
                tls.protocols(),
                tls.cipherSuites(),
                false);
    }
}
