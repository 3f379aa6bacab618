package dev.navarch.apiserver;

import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Random;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocket;

/** A whole server over an empty store, with its own resources or with {@link TestApi} in their place. */
public final class TestServer implements AutoCloseable {
    public final TestCertificates certificates = new TestCertificates();
    public final SystemTime time = new SystemTime();
    public final MemoryStore store = new MemoryStore(time);
    final KeyPair key;
    public final ApiServer server;
    TestApi api;

    public TestServer() throws Exception {
        this(false);
    }

    /** @param real whether to serve the real resources */
    public TestServer(boolean real) throws Exception {
        this(real, UnaryOperator.identity());
    }

    /** A server of the real resources, with other settings than the usual ones. */
    public TestServer(UnaryOperator<ApiServerConfig.Builder> settings) throws Exception {
        this(true, settings);
    }

    private TestServer(boolean real, UnaryOperator<ApiServerConfig.Builder> settings) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        key = generator.generateKeyPair();
        var serving = certificates.serving("api");
        var identity = certificates.client("CN=kube-apiserver-kubelet-client,O=system:masters");
        var config = settings.apply(ApiServerConfig.builder(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        () -> serving,
                        java.util.List.of(certificates.authorityCertificate()),
                        () -> identity,
                        java.util.List.of(certificates.authorityCertificate()),
                        ServiceAccountKeys.fixed(key)))
                .build();
        var random = new Random(1);
        server = real
                ? ApiServer.start(config, store, time, random)
                : ApiServer.start(
                        config, store, time, random, (virtual, _, _, _, _, _) -> api = new TestApi(virtual, store));
    }

    public HttpClient client(String subject) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(
                        subject.isEmpty()
                                ? certificates.clientContext()
                                : certificates.clientContext(certificates.client(subject)))
                .build();
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + server.address().getPort() + path));
    }

    public HttpResponse<String> get(HttpClient client, String path) throws Exception {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    public HttpResponse<String> post(HttpClient client, String path, String body) throws Exception {
        return client.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** @param protocols to choose from, in TLS */
    public SSLSocket socket(String subject, String... protocols) throws Exception {
        var socket = (SSLSocket) certificates
                .clientContext(certificates.client(subject))
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.address().getPort());
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(60_000);
        socket.startHandshake();
        return socket;
    }

    @Override
    public void close() {
        server.close();
        store.close();
        time.close();
    }
}
