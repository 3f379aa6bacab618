package dev.navarch.embedded;

import dev.navarch.apiserver.TlsMaterial;
import dev.navarch.client.Pem;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.Identity;
import dev.navarch.embedded.pki.RequestSigner;
import dev.navarch.kubelet.certificates.Certified;
import dev.navarch.kubelet.server.KubeletServerConfig;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The certificates of an embedded cluster and of its forks. They never expire before it does: its clock may run far ahead of those of
 * its clients, which judge them by their own.
 */
final class EmbeddedCertificates {
    private static final List<String> HOSTS =
            List.of("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1");
    private static final String KUBELET_CLIENT = "kube-apiserver-kubelet-client";
    private static final Duration FOR_EVER = Duration.ofDays(365L * 200);
    private static final Duration EARLIER = Duration.ofDays(365L * 50);

    private final SecureRandom random = new SecureRandom();
    private final Instant from = Instant.now().minus(EARLIER);
    private final Identity authority;
    private final CertificateAuthority signs;
    private final KeyPair serviceAccountKeys;
    private final TlsMaterial server;
    private final TlsMaterial kubeletClient;
    private final Identity kubelets;

    EmbeddedCertificates() throws GeneralSecurityException {
        this(List.of());
    }

    /** @param addresses others at which the API server is found, beside those of this machine alone */
    EmbeddedCertificates(List<String> addresses) throws GeneralSecurityException {
        authority = CertificateAuthority.found("kubernetes", from, FOR_EVER, random);
        signs = new CertificateAuthority(authority, random);
        serviceAccountKeys = CertificateAuthority.newKeys(random);
        server = material(signs.issue(
                CertificateRequest.server(
                        "kube-apiserver",
                        Stream.concat(HOSTS.stream(), addresses.stream()).toList()),
                from,
                FOR_EVER));
        kubeletClient = material(signs.issue(CertificateRequest.client(KUBELET_CLIENT), from, FOR_EVER));
        kubelets = signs.issue(CertificateRequest.server("system:node", List.of("127.0.0.1")), from, FOR_EVER);
    }

    X509Certificate authority() {
        return authority.certificate();
    }

    /** Signs what others request. */
    RequestSigner signer() {
        return new RequestSigner(signs);
    }

    KeyPair serviceAccountKeys() {
        return serviceAccountKeys;
    }

    /** What the API server shows. */
    TlsMaterial server() {
        return server;
    }

    /** What the API server shows to kubelets. */
    TlsMaterial kubeletClient() {
        return kubeletClient;
    }

    /** Of a user in these groups. */
    Identity client(String user, String... groups) throws GeneralSecurityException {
        return signs.issue(CertificateRequest.client(user, groups), from, FOR_EVER);
    }

    /** The API of the kubelets, for the API server alone. */
    KubeletServerConfig kubelets() {
        var shown = new Certified(kubelets.key(), List.of(kubelets.chain()));
        return new KubeletServerConfig(
                new InetSocketAddress("127.0.0.1", 0),
                () -> shown,
                List.of(authority()),
                Set.of(KUBELET_CLIENT),
                Optional.empty(),
                KubeletServerConfig.PROTOCOLS,
                List.of());
    }

    static byte[] certificate(Identity identity) throws GeneralSecurityException {
        return Pem.encode(identity.chain()).getBytes(StandardCharsets.US_ASCII);
    }

    private static TlsMaterial material(Identity identity) {
        PrivateKey key = identity.key();
        return new TlsMaterial(key, List.of(identity.chain()));
    }
}
