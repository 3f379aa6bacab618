package dev.navarch.conformance;

import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.client.Pem;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.ClusterPki;
import dev.navarch.examples.wardle.WardleServer;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The example's server, in this process. */
public final class WardleSample implements SampleServer {
    private final SystemTime time = new SystemTime();
    private final MemoryStore store = new MemoryStore(time);
    private String authority = "";
    private @Nullable WardleServer server;

    @Override
    public void start(Path kubeconfig, String host) throws Exception {
        var pki = ClusterPki.open(Files.createTempDirectory("wardle"), time.now(), new SecureRandom());
        var identity = pki.identity("sample", CertificateRequest.server("sample", List.of(host)), time.now());
        var serving = new TlsMaterial(identity.key(), List.of(identity.chain()));
        authority = Pem.encode(pki.authority());
        server = new WardleServer(new InetSocketAddress(reachable(), 0), serving, kubeconfig, store, time);
    }

    /** The cluster connects to no loopback address. */
    private static InetAddress reachable() throws Exception {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this machine has no address but the loopback's"));
    }

    @Override
    public InetSocketAddress address() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server.address();
    }

    @Override
    public String authority() {
        return authority;
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        store.close();
        time.close();
    }
}
