package dev.navarch.examples.wardle;

import dev.navarch.apiserver.ExtensionServer;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.client.Pem;
import dev.navarch.storage.Store;
import dev.navarch.storage.file.FileStore;
import dev.navarch.time.SystemTime;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An API server of two kinds, which a cluster's API server passes requests on to. */
public final class WardleServer implements AutoCloseable {
    static final String GROUP = "wardle.example.com";

    private final ExtensionServer server;

    /**
     * Starts serving; returns when the server is ready.
     *
     * @param bind where to listen; the service's endpoint leads there
     * @param serving the certificate for {@code <service>.<namespace>.svc}
     * @param kubeconfig leads to the cluster; its user must be bound to {@code system:auth-delegator}, and in
     *     {@code kube-system} to {@code extension-apiserver-authentication-reader}
     */
    public WardleServer(InetSocketAddress bind, TlsMaterial serving, Path kubeconfig, Store store, TimeSource time)
            throws IOException, GeneralSecurityException, InterruptedException {
        server = ExtensionServer.start(
                new ExtensionServer.Settings(bind, () -> serving),
                kinds(),
                objects -> List.of(new BanFlunder(objects)),
                new ClusterConnection(kubeconfig, time),
                store,
                time,
                new SecureRandom());
    }

    private static List<ObjectNode> kinds() throws IOException {
        try (var in = WardleServer.class.getResourceAsStream("kinds.yaml")) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            List<ObjectNode> kinds = new ArrayList<>();
            for (var kind : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
                kinds.add(JsonMapper.shared().valueToTree(kind));
            }
            return kinds;
        }
    }

    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }

    /** {@code WardleServer <port> <certificate.pem> <key.pem> <kubeconfig> <data directory>} */
    public static void main(String[] arguments) throws Exception {
        var time = new SystemTime();
        var serving = new TlsMaterial(
                Pem.privateKey(Files.readAllBytes(Path.of(arguments[2]))),
                Pem.certificates(Files.readAllBytes(Path.of(arguments[1]))));
        var store = FileStore.open(Path.of(arguments[4]), time);
        var bind = new InetSocketAddress(Integer.parseInt(arguments[0]));
        var server = new WardleServer(bind, serving, Path.of(arguments[3]), store, time);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            store.close();
        }));
        System.out.println("wardle.example.com is served at " + server.address());
        Thread.currentThread().join();
    }
}
