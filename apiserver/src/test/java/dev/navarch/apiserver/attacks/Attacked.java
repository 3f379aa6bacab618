package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.Eventually;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.TestServer;
import dev.navarch.apiserver.net.FrontProxy;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;

/** A server with its real resources and authorization, a front proxy, an administrator, and whoever attacks it. */
final class Attacked implements AutoCloseable {
    static final String DEFAULT = "/api/v1/namespaces/default";
    static final String RBAC = "/apis/rbac.authorization.k8s.io/v1";

    final TestServer server;
    final HttpClient admin;
    private final Map<String, HttpClient> others = new HashMap<>();

    Attacked() throws Exception {
        var proxies = new TestCertificates();
        var proxy = proxies.client("CN=front-proxy-client");
        server = new TestServer(config -> config.frontProxy(
                new FrontProxy(List.of(proxies.authorityCertificate()), List.of("front-proxy-client"), () -> proxy)));
        admin = server.client("CN=admin,O=system:masters");
    }

    /** @param subject of the certificate; empty for none */
    synchronized HttpClient as(String subject) throws Exception {
        var known = others.get(subject);
        if (known == null) {
            known = server.client(subject);
            others.put(subject, known);
        }
        return known;
    }

    HttpResponse<String> send(HttpClient client, String method, String path, String type, String body)
            throws Exception {
        return client.send(
                server.request(path)
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> patch(HttpClient client, String path, String change) throws Exception {
        return send(client, "PATCH", path, "application/merge-patch+json", change);
    }

    HttpResponse<String> post(HttpClient client, String path, String body) throws Exception {
        return server.post(client, path, body.replace('\'', '"'));
    }

    HttpResponse<String> get(HttpClient client, String path) throws Exception {
        return server.get(client, path);
    }

    /** As the administrator. */
    void have(String path, String object) throws Exception {
        var answer = post(admin, path, object);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    /**
     * Lets a user do what the rules say, everywhere.
     *
     * @param sign what they may get then
     */
    void allow(String user, String rules, String sign) throws Exception {
        have(RBAC + "/clusterroles", "{'metadata':{'name':'" + user + "'},'rules':[" + rules + "]}");
        have(
                RBAC + "/clusterrolebindings",
                "{'metadata':{'name':'" + user + "'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io',"
                        + "'kind':'ClusterRole','name':'" + user + "'},'subjects':[{'kind':'User','name':'" + user
                        + "','apiGroup':'rbac.authorization.k8s.io'}]}");
        Eventually.is(() -> get(as("CN=" + user), sign).statusCode(), status -> status == 200);
    }

    /** All that the server answers to these bytes until it ends the connection. */
    String raw(String subject, String bytes) throws Exception {
        try (SSLSocket socket = server.socket(subject)) {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** The head of what the server answers to these bytes, more of which it may still wait for. */
    String head(String subject, String bytes) throws Exception {
        try (SSLSocket socket = server.socket(subject)) {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            var head = new StringBuilder();
            for (int c = socket.getInputStream().read();
                    c >= 0;
                    c = socket.getInputStream().read()) {
                head.append((char) c);
                if (head.toString().endsWith("\r\n\r\n")) {
                    break;
                }
            }
            return head.toString();
        }
    }

    @Override
    public void close() {
        others.values().forEach(HttpClient::shutdownNow);
        admin.shutdownNow();
        server.close();
    }
}
