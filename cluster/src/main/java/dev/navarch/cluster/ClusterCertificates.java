package dev.navarch.cluster;

import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.ClusterPki;
import dev.navarch.embedded.pki.Identity;
import dev.navarch.embedded.pki.RequestSigner;
import dev.navarch.kubelet.certificates.Certified;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates in use. They are looked at twice a day and renewed before they expire; whoever serves or shows one
 * asks for it at each connection, so that nothing needs a restart.
 */
final class ClusterCertificates implements AutoCloseable {
    static final String KUBELET_CLIENT = "kube-apiserver-kubelet-client";

    private static final String FRONT_PROXY = "front-proxy-client";

    private static final Logger log = LoggerFactory.getLogger(ClusterCertificates.class);
    private static final Duration LOOK = Duration.ofHours(12);

    private final ClusterPki pki;
    private final TimeSource time;
    private final Map<String, CertificateRequest> requests = new ConcurrentHashMap<>();
    private final Map<String, Kept> current = new ConcurrentHashMap<>();
    private volatile TimeSource.Timer timer;

    /** The material is made once, since its receivers tell a renewal by identity. */
    private record Kept(Identity identity, TlsMaterial material, Certified certified) {
        static Kept of(Identity identity) {
            var chain = List.of(identity.chain());
            return new Kept(identity, new TlsMaterial(identity.key(), chain), new Certified(identity.key(), chain));
        }
    }

    ClusterCertificates(ClusterPki pki, TimeSource time) {
        this.pki = pki;
        this.time = time;
        timer = time.schedule(LOOK, this::look);
    }

    X509Certificate authority() {
        return pki.authority();
    }

    /** Signs what others request. */
    RequestSigner signer() {
        return pki.signer();
    }

    KeyPair serviceAccountKeys() throws IOException, GeneralSecurityException {
        return pki.serviceAccountKeys();
    }

    /** The API server's own: for its names in the cluster, its first service address and the machine's addresses. */
    Supplier<TlsMaterial> server(String serviceAddress, List<String> machine)
            throws IOException, GeneralSecurityException {
        List<String> hosts = new ArrayList<>(List.of(
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
                "localhost",
                "127.0.0.1",
                "0:0:0:0:0:0:0:1",
                serviceAddress));
        hosts.addAll(machine);
        return keep("apiserver", CertificateRequest.server("kube-apiserver", hosts));
    }

    /** What the API server shows to kubelets. */
    Supplier<TlsMaterial> kubeletClient() throws IOException, GeneralSecurityException {
        return keep("apiserver-kubelet-client", CertificateRequest.client(KUBELET_CLIENT, "kubeadm:cluster-admins"));
    }

    /**
     * As whom the API server passes requests on to other servers. The authority is one of its own: whoever has a
     * certificate of it may speak for everybody.
     */
    FrontProxy frontProxy() throws IOException, GeneralSecurityException {
        return new FrontProxy(
                List.of(pki.frontProxyAuthority(time.now())),
                List.of(FRONT_PROXY),
                keep(FRONT_PROXY, CertificateRequest.client(FRONT_PROXY)));
    }

    /** What the kubelet API shows as long as the node has no certificate that it asked for itself. */
    Supplier<Certified> kubelet(String node, List<String> addresses) throws IOException, GeneralSecurityException {
        List<String> hosts = new ArrayList<>(addresses);
        hosts.add(node);
        keep("kubelet", CertificateRequest.server("system:node:" + node, hosts));
        return () -> current.get("kubelet").certified();
    }

    /** The administrator's, for the kubeconfig. */
    Identity admin() throws IOException, GeneralSecurityException {
        keep("admin", CertificateRequest.client("kubernetes-admin", "system:masters"));
        return current.get("admin").identity();
    }

    private Supplier<TlsMaterial> keep(String file, CertificateRequest request)
            throws IOException, GeneralSecurityException {
        requests.put(file, request);
        current.put(file, Kept.of(issued(file, request)));
        return () -> current.get(file).material();
    }

    private Identity issued(String file, CertificateRequest request) throws IOException, GeneralSecurityException {
        return file.equals(FRONT_PROXY)
                ? pki.frontProxy(file, request, time.now())
                : pki.identity(file, request, time.now());
    }

    private void look() {
        requests.forEach((file, request) -> {
            try {
                var identity = issued(file, request);
                if (!identity.certificate().equals(current.get(file).identity().certificate())) {
                    current.put(file, Kept.of(identity));
                    log.info("The certificate {} was renewed", file);
                }
            } catch (IOException | GeneralSecurityException e) {
                log.warn("The certificate {} could not be renewed and will be tried again", file, e);
            }
        });
        timer = time.schedule(LOOK, this::look);
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
