package dev.navarch.apiserver.registry;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.tree.Tree;
import io.netty.pkitesting.CertificateBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A webhook over TLS, whose answers are made per path by the test. */
public final class HookServer implements AutoCloseable {
    private final HttpsServer server;
    private final TestCertificates certificates;
    private final Map<String, UnaryOperator<ObjectNode>> answers = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();

    /** What was asked, in order. */
    public final List<Asked> asked = new CopyOnWriteArrayList<>();

    /**
     * @param certificate the subject of what the caller showed; empty for nothing
     * @param authorization the header field; empty for none
     * @param connection from which port it came
     */
    public record Asked(
            String path, String query, ObjectNode review, String certificate, String authorization, int connection) {
        ObjectNode request() {
            return (ObjectNode) review.get("request");
        }
    }

    public HookServer() throws Exception {
        this(new TestCertificates(), false);
    }

    /** @param demanding whether callers must show a certificate of the authority */
    HookServer(TestCertificates certificates, boolean demanding) throws Exception {
        this.certificates = certificates;
        var material = new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=hook")
                .addSanDnsName("localhost")
                .addSanDnsName("hook.default.svc")
                .addSanIpAddress("127.0.0.1")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(certificates.authority);
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("me", material.getKeyPair().getPrivate(), new char[0], material.getCertificatePath());
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), demanding ? trust(certificates) : null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var tls = context.getDefaultSSLParameters();
                tls.setNeedClientAuth(demanding);
                parameters.setSSLParameters(tls);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try (exchange) {
                var review = (ObjectNode)
                        JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
                var path = exchange.getRequestURI().getPath();
                asked.add(new Asked(
                        path,
                        String.valueOf(exchange.getRequestURI().getQuery()),
                        review,
                        demanding
                                ? ((HttpsExchange) exchange)
                                        .getSSLSession()
                                        .getPeerPrincipal()
                                        .getName()
                                : "",
                        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                                .orElse(""),
                        exchange.getRemoteAddress().getPort()));
                if (redirects.containsKey(path)) {
                    exchange.getResponseHeaders().add("Location", redirects.get(path));
                    exchange.sendResponseHeaders(307, -1);
                    return;
                }
                var answering = answers.get(path);
                if (answering == null) {
                    exchange.sendResponseHeaders(404, -1);
                    return;
                }
                var answer = answering.apply(review).toString().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
    }

    private static TrustManager[] trust(TestCertificates certificates) throws Exception {
        var authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry("ca", certificates.authorityCertificate());
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        return factory.getTrustManagers();
    }

    /** Answers what is posted to a path. */
    public void on(String path, UnaryOperator<ObjectNode> answer) {
        answers.put(path, answer);
    }

    /** Sends whoever asks for a path to another one. */
    void redirect(String from, String to) {
        redirects.put(from, to);
    }

    /** Answers admission reviews; the response is allowed, with the review's uid, before {@code more} is done to it. */
    void onAdmission(String path, UnaryOperator<ObjectNode> more) {
        on(path, review -> {
            var answer =
                    Tree.object().put("kind", "AdmissionReview").put("apiVersion", Tree.text(review, "apiVersion"));
            var response = Tree.object()
                    .put("uid", Tree.text(review, "request", "uid"))
                    .put("allowed", true);
            answer.set("response", more.apply(response));
            return answer;
        });
    }

    List<String> paths() {
        return asked.stream().map(Asked::path).toList();
    }

    /** As {@code clientConfig}. */
    String config(String path) {
        return "{\"url\":\"https://127.0.0.1:" + server.getAddress().getPort() + path + "\",\"caBundle\":\""
                + authority() + "\"}";
    }

    public String authority() {
        try {
            var pem = "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder()
                            .encodeToString(certificates.authorityCertificate().getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
            return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    public int port() {
        return server.getAddress().getPort();
    }

    static ObjectNode patching(ObjectNode response, String patch) {
        return response.put("patchType", "JSONPatch")
                .put(
                        "patch",
                        Base64.getEncoder()
                                .encodeToString(patch.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
