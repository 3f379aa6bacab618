package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.extension.MainServer;
import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.net.ServerNameTrust;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.storage.MemoryStore;
import io.netty.pkitesting.CertificateBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A server of other kinds behind a cluster's, both in this process. */
@Timeout(180)
class ExtensionServerTest {
    private static final String ROOT = "/apis/pond.example.com/v1";
    private static final String FROGS = ROOT + "/namespaces/default/frogs";
    private static final JsonMapper json = new JsonMapper();

    private static TestServer main;
    private static HttpClient admin;
    private static HttpClient own;
    private static MemoryStore store;
    private static ExtensionServer extension;
    private static TestCertificates authority;

    @BeforeAll
    static void start() throws Exception {
        var proxies = new TestCertificates();
        var identity = proxies.client("CN=front-proxy-client");
        main = new TestServer(config -> config.frontProxy(new FrontProxy(
                List.of(proxies.authorityCertificate()), List.of("front-proxy-client"), () -> identity)));
        admin = main.client("CN=admin,O=system:masters");
        own = main.client("CN=pond-server");
        grant("pond-server", "system:auth-delegator");
        grant("pond-server", "cluster-admin"); // for the ConfigMap; a role of kube-system would do
        authority = new TestCertificates();
        var serving = new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=pond")
                .addSanDnsName("pond.default.svc")
                .addSanDnsName("localhost")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority.authority);
        var material = new TlsMaterial(serving.getKeyPair().getPrivate(), List.of(serving.getCertificatePath()));
        store = new MemoryStore(main.time);
        extension = ExtensionServer.start(
                new ExtensionServer.Settings(new InetSocketAddress(ExtensionStub.address(), 0), () -> material),
                List.of((ObjectNode) json.readTree("""
                    {"metadata":{"name":"frogs.pond.example.com"},"spec":{"group":"pond.example.com","scope":"Namespaced",
                    "names":{"plural":"frogs","singular":"frog","kind":"Frog","listKind":"FrogList"},"versions":[{
                    "name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
                    "color":{"type":"string","enum":["green","blue"]}}}}}]}}""")),
                _ -> List.of(),
                new ByRequests(),
                store,
                main.time,
                new Random(1));
        register();
    }

    private static void grant(String user, String role) throws Exception {
        post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """
            {"metadata":{"name":"%s-%s"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole",
            "name":"%s"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"%s"}]}""".formatted(
                        user, role.replace(':', '-'), role, user));
    }

    private static void register() throws Exception {
        post("/api/v1/namespaces/default/services", """
            {"metadata":{"name":"pond"},"spec":{"ports":[{"name":"https","port":443}]}}""");
        post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", """
            {"metadata":{"name":"pond-1","labels":{"kubernetes.io/service-name":"pond"}},"addressType":"IPv4",
            "endpoints":[{"addresses":["%s"]}],"ports":[{"name":"https","port":%d}]}""".formatted(
                ExtensionStub.address().getHostAddress(), extension.address().getPort()));
        var pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(authority.authorityCertificate().getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        post("/apis/apiregistration.k8s.io/v1/apiservices", """
            {"metadata":{"name":"v1.pond.example.com"},"spec":{"group":"pond.example.com","version":"v1",
            "groupPriorityMinimum":1500,"versionPriority":10,"caBundle":"%s",
            "service":{"namespace":"default","name":"pond"}}}""".formatted(
                        Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII))));
        Eventually.is(() -> main.get(admin, FROGS).statusCode(), status -> status == 200);
    }

    /** As the server's own account. */
    private static final class ByRequests implements MainServer {
        @Override
        public JsonNode get(String path) throws IOException {
            try {
                return json.readTree(main.get(own, path).body());
            } catch (Exception e) {
                throw new IOException(e);
            }
        }

        @Override
        public JsonNode create(String path, ObjectNode object) throws IOException {
            try {
                var answer = main.post(own, path, object.toString());
                if (answer.statusCode() != 201) {
                    throw new IOException(answer.body());
                }
                return json.readTree(answer.body());
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    @AfterAll
    static void stop() {
        admin.shutdownNow();
        own.shutdownNow();
        extension.close();
        main.close();
        store.close();
    }

    private static void post(String path, String body) throws Exception {
        var answer = main.post(admin, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static String frog(String name) {
        return "{\"apiVersion\":\"pond.example.com/v1\",\"kind\":\"Frog\",\"metadata\":{\"name\":\"" + name
                + "\"},\"color\":\"green\"}";
    }

    @Test
    void itsKindsAreLikeAnyOther() throws Exception {
        post(FROGS, frog("kermit"));
        var there = json.readTree(main.get(admin, FROGS + "/kermit").body());
        assertThat(there.path("color").asString()).isEqualTo("green");
        assertThat(there.at("/metadata/managedFields/0/operation").asString()).isEqualTo("Update");
        var wrong = main.post(admin, FROGS, frog("wrong").replace("green", "red"));
        assertThat(wrong.statusCode()).isEqualTo(422);
        assertThat(wrong.body()).contains("Unsupported value: \\\"red\\\"");
        var applied = admin.send(
                main.request(FROGS + "/kermit?fieldManager=me&force=true")
                        .header("Content-Type", "application/apply-patch+yaml")
                        .method("PATCH", BodyPublishers.ofString(frog("kermit").replace("green", "blue")))
                        .build(),
                BodyHandlers.ofString());
        assertThat(applied.statusCode()).as(applied.body()).isEqualTo(200);
        assertThat(applied.body()).contains("\"color\":\"blue\"");
        assertThat(main.get(admin, ROOT + "/namespaces/default/toads").statusCode())
                .isEqualTo(404);
        assertThat(main.get(admin, "/openapi/v2").body()).contains("com.example.pond.v1.Frog");
    }

    @Test
    void watchesAndWebSocketsPassThrough() throws Exception {
        var watch = admin.send(
                main.request(FROGS + "?watch=true&fieldSelector=metadata.name=seen")
                        .build(),
                BodyHandlers.ofInputStream());
        BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        var socket = admin.newWebSocketBuilder()
                .buildAsync(
                        URI.create("wss://localhost:" + main.server.address().getPort() + FROGS
                                + "?watch=true&fieldSelector=metadata.name=seen"),
                        new WebSocket.Listener() {
                            private final StringBuilder text = new StringBuilder();

                            @Override
                            public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
                                text.append(part);
                                if (last) {
                                    messages.add(text.toString());
                                    text.setLength(0);
                                }
                                from.request(1);
                                return null;
                            }
                        })
                .get(60, TimeUnit.SECONDS);
        post(FROGS, frog("seen"));
        try (var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            assertThat(json.readTree(events.readLine())
                            .at("/object/metadata/name")
                            .asString())
                    .isEqualTo("seen");
        }
        assertThat(messages.poll(60, TimeUnit.SECONDS)).contains("\"type\":\"ADDED\"", "\"name\":\"seen\"");
        socket.abort();
    }

    @Test
    void anUpgradeWithoutRightsIsRefused() throws Exception {
        try (var someone = main.client("CN=someone")) {
            var refused = someone.newWebSocketBuilder()
                    .buildAsync(
                            URI.create(
                                    "wss://localhost:" + main.server.address().getPort() + FROGS + "?watch=true"),
                            new WebSocket.Listener() {});
            assertThatThrownBy(() -> refused.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        }
    }

    /** CVE-2018-1002105: behind a refused upgrade there must be no way to the other server. */
    @Test
    void behindARefusedUpgradeTheConnectionEnds() throws Exception {
        try (var socket = main.socket("CN=admin,O=system:masters")) {
            var upgrade = "GET " + ROOT + "/namespaces/default/toads HTTP/1.1\r\nHost: localhost\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            var second = "GET " + FROGS + " HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: root\r\n"
                    + "X-Remote-Group: system:masters\r\n\r\n";
            socket.getOutputStream().write((upgrade + second).getBytes(StandardCharsets.US_ASCII));
            var all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(all).startsWith("HTTP/1.1 404").doesNotContain("FrogList");
        }
    }

    @Test
    void whoComesDirectlyIsAskedAboutAtTheCluster() throws Exception {
        post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"heron\"}}");
        var token = json.readTree(main.post(
                                admin,
                                "/api/v1/namespaces/default/serviceaccounts/heron/token",
                                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}")
                        .body())
                .at("/status/token")
                .asString();
        assertThat(directly(token, "")).isEqualTo(403);
        assertThat(directly(token, "system:masters"))
                .as("fields of a client's own")
                .isEqualTo(403);
        assertThat(directly("nonsense", "")).isEqualTo(401);
        grant("system:serviceaccount:default:heron", "view"); // does not know frogs
        post("/apis/rbac.authorization.k8s.io/v1/clusterroles", """
            {"metadata":{"name":"frogs"},"rules":[{"apiGroups":["pond.example.com"],"resources":["frogs"],
            "verbs":["list"]}]}""");
        grant("system:serviceaccount:default:heron", "frogs");
        // refusals are remembered for ten seconds
        Eventually.is(() -> directly(token, ""), status -> status == 200);
    }

    private static int directly(String token, String group) throws Exception {
        try (var client = HttpClient.newBuilder()
                .sslContext(ServerNameTrust.context(
                        ("-----BEGIN CERTIFICATE-----\n"
                                        + Base64.getMimeEncoder()
                                                .encodeToString(authority
                                                        .authorityCertificate()
                                                        .getEncoded())
                                        + "\n-----END CERTIFICATE-----\n")
                                .getBytes(StandardCharsets.US_ASCII),
                        "pond.default.svc"))
                .build()) {
            var request = java.net.http.HttpRequest.newBuilder(URI.create("https://"
                            + ExtensionStub.address().getHostAddress() + ":"
                            + extension.address().getPort() + FROGS))
                    .header("Authorization", "Bearer " + token);
            if (!group.isEmpty()) {
                request.header("X-Remote-User", "root").header("X-Remote-Group", group);
            }
            return client.send(request.build(), BodyHandlers.discarding()).statusCode();
        }
    }
}
