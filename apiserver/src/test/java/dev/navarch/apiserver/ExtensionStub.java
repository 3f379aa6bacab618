package dev.navarch.apiserver;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A server behind an APIService, whose answers are made per path by the test; on an address of this machine. */
public final class ExtensionStub implements AutoCloseable {
    private final HttpsServer server;
    private final Map<String, HttpHandler> answers = new ConcurrentHashMap<>();
    final TestCertificates certificates = new TestCertificates();
    final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** @param proxy common name of the front proxy's certificate; empty if none was shown */
    record Asked(String method, String path, Map<String, List<String>> headers, String body, String proxy) {
        List<String> header(String name) {
            return headers.getOrDefault(name, List.of());
        }
    }

    /** An address that other machines could reach too; services may lead to no other. */
    static InetAddress address() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof java.net.Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow(() -> new IOException("this machine has no address but the loopback's"));
    }

    ExtensionStub(String serviceName, X509Certificate proxies) throws Exception {
        var material = new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=extension")
                .addSanDnsName(serviceName)
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(certificates.authority);
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("me", material.getKeyPair().getPrivate(), new char[0], material.getCertificatePath());
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("proxies", proxies);
        var trusting = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusting.init(trust);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trusting.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(address(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var tls = context.getDefaultSSLParameters();
                tls.setWantClientAuth(true);
                parameters.setSSLParameters(tls);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Its authority, as an APIService names it. */
    String caBundle() throws Exception {
        var pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(certificates.authorityCertificate().getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }

    void on(String path, HttpHandler answer) {
        answers.put(path, answer);
    }

    void onJson(String path, String body) {
        on(path, exchange -> send(exchange, 200, "application/json", body));
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var uri = exchange.getRequestURI().toString();
            var path = exchange.getRequestURI().getPath();
            asked.add(new Asked(
                    exchange.getRequestMethod(), uri, Map.copyOf(exchange.getRequestHeaders()), body, proxy(exchange)));
            HttpHandler answering = answers.get(path);
            if (answering == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                answering.handle(exchange);
            }
        }
    }

    private static String proxy(HttpExchange exchange) {
        try {
            var session = ((com.sun.net.httpserver.HttpsExchange) exchange).getSSLSession();
            return session.getPeerPrincipal().getName();
        } catch (javax.net.ssl.SSLPeerUnverifiedException _) {
            return "";
        }
    }

    /** The last request for a path; null if there was none. */
    @Nullable
    Asked last(String path) {
        return asked.stream()
                .filter(a -> a.path.equals(path))
                .reduce((_, later) -> later)
                .orElse(null);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
