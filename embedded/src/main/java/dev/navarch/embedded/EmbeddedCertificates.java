package dev.navarch.embedded;

import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.net.TlsMaterial;
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
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of an embedded cluster and of its forks, made when they are wanted but for the authority. They never expire
 * before it does: its clock may run far ahead of those of its clients, which judge them by their own.
 */
final class EmbeddedCertificates {
    private static final List<String> HOSTS =
            List.of("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", "127.0.0.1");
    /**
     * P-384, since a fresh JVM computes a table for P-256 before it makes the first key, which takes it several times as long as
     * this key. It does so when there are clients to come ({@link Preloading}).
     */
    private static final String AUTHORITYS_CURVE = "secp384r1";

    private static final String KUBELET_CLIENT = "kube-apiserver-kubelet-client";
    private static final Duration FOR_EVER = Duration.ofDays(365L * 200);
    private static final Duration EARLIER = Duration.ofDays(365L * 50);

    private final SecureRandom random = new SecureRandom();
    private final Instant from = Instant.now().minus(EARLIER);
    private final Identity authority;
    private final CertificateAuthority signs;
    private final Once<ServiceAccountKeys> serviceAccountKeys;
    private final Once<TlsMaterial> server;
    private final Once<TlsMaterial> kubeletClient;
    private final Once<Certified> kubelets;
    /** Of all clients that need it: each would take a tenth of a second or several. */
    private final Once<KeyPair> rsa;

    EmbeddedCertificates() throws GeneralSecurityException {
        this(List.of());
    }

    /** @param addresses others at which the API server is found, beside those of this machine alone */
    EmbeddedCertificates(List<String> addresses) throws GeneralSecurityException {
        authority = CertificateAuthority.found(
                "kubernetes", CertificateAuthority.newKeys(AUTHORITYS_CURVE, random), from, FOR_EVER, random);
        signs = new CertificateAuthority(authority, random);
        rsa = new Once<>(() -> CertificateAuthority.newRsaKeys(random));
        serviceAccountKeys = new Once<>(() -> new ServiceAccountKeys(CertificateAuthority.newKeys(random), List.of()));
        var hosts = Stream.concat(HOSTS.stream(), addresses.stream()).toList();
        server = new Once<>(() -> material(issued(CertificateRequest.server("kube-apiserver", hosts))));
        kubeletClient = new Once<>(() -> material(issued(CertificateRequest.client(KUBELET_CLIENT))));
        kubelets = new Once<>(() -> {
            var identity = issued(CertificateRequest.server("system:node", List.of("127.0.0.1")));
            return new Certified(identity.key(), List.of(identity.chain()));
        });
    }

    /** What is made when it is first wanted, and then stays. */
    private static final class Once<T> implements Supplier<T> {
        private final Making<T> making;
        private @Nullable T made;

        interface Making<T> {
            T make() throws GeneralSecurityException;
        }

        Once(Making<T> making) {
            this.making = making;
        }

        @Override
        public synchronized T get() {
            var known = made;
            if (known == null) {
                try {
                    known = making.make();
                } catch (GeneralSecurityException e) {
                    throw new EmbeddedClusterException("this JDK can't make the cluster's keys: " + e.getMessage(), e);
                }
                made = known;
            }
            return known;
        }
    }

    /** Makes the JDK ready for keys of servers and clients. */
    static void preload() {
        try {
            CertificateAuthority.newKeys(new SecureRandom());
        } catch (GeneralSecurityException _) {
            // whoever needs some will be told
        }
    }

    private Identity issued(CertificateRequest request) throws GeneralSecurityException {
        return signs.issue(request, from, FOR_EVER);
    }

    X509Certificate authority() {
        return authority.certificate();
    }

    /** Signs what others request. */
    RequestSigner signer() {
        return new RequestSigner(signs);
    }

    ServiceAccountKeys serviceAccountKeys() {
        return serviceAccountKeys.get();
    }

    /** What the API server shows. */
    TlsMaterial server() {
        return server.get();
    }

    /** What the API server shows to kubelets. */
    TlsMaterial kubeletClient() {
        return kubeletClient.get();
    }

    /** Of a user in these groups. */
    Identity client(String user, String... groups) throws GeneralSecurityException {
        var request = CertificateRequest.client(user, groups);
        return ClientKeys.needRsa() ? signs.issue(request, rsa.get(), from, FOR_EVER) : issued(request);
    }

    /** In the form that clients look for. */
    static String key(Identity identity) {
        return identity.key() instanceof ECPrivateKey key
                ? Pem.encodeSec1(key, (ECPublicKey) identity.certificate().getPublicKey())
                : Pem.encode(identity.key());
    }

    /** The API of the kubelets, for the API server alone. */
    KubeletServerConfig kubelets() {
        return new KubeletServerConfig(
                new InetSocketAddress("127.0.0.1", 0),
                kubelets,
                List.of(authority()),
                Set.of(KUBELET_CLIENT),
                Optional.empty(),
                KubeletServerConfig.PROTOCOLS,
                List.of(),
                true);
    }

    static byte[] certificate(Identity identity) throws GeneralSecurityException {
        return Pem.encode(identity.chain()).getBytes(StandardCharsets.US_ASCII);
    }

    private static TlsMaterial material(Identity identity) {
        PrivateKey key = identity.key();
        return new TlsMaterial(key, List.of(identity.chain()));
    }
}
