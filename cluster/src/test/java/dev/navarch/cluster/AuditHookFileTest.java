package dev.navarch.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.audit.AuditPolicy;
import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.client.Await;
import dev.navarch.client.HttpsTransport;
import dev.navarch.client.Json;
import dev.navarch.client.Pem;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.Identity;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is recorded reaches the server that a kubeconfig names: from a whole API server, over real sockets. */
class AuditHookFileTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    /** In a batch; nothing but a full one goes, since none waits for less than an hour. */
    private static final int MOST = 3;

    @TempDir
    Path dir;

    private final SystemTime time = new SystemTime();
    private final MemoryStore store = new MemoryStore(time);
    private final SecureRandom random = new SecureRandom();
    private final List<Told> told = new CopyOnWriteArrayList<>();
    /** Of the next requests; 200 when there are no more. */
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();

    private Identity authority;
    private HttpsServer hook;
    private ApiServer server;
    private HttpClient client;

    /** One request, and what it was answered. */
    private record Told(String how, String authorization, String body, int answer) {
        JsonNode list() {
            return Json.mapper().readTree(body);
        }

        Set<String> ids() {
            return list().path("items")
                    .valueStream()
                    .map(event -> event.path("auditID").asString())
                    .collect(Collectors.toSet());
        }
    }

    @BeforeEach
    void start() throws Exception {
        authority = CertificateAuthority.found("test", time.now(), Duration.ofDays(2), random);
        Files.writeString(dir.resolve("ca.crt"), Pem.encode(authority.certificate()));
        hook = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hook.setHttpsConfigurator(
                new HttpsConfigurator(tls(issued(CertificateRequest.server("hook", List.of("localhost"))))));
        hook.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        hook.createContext("/", this::hear);
        hook.start();
        var kubeconfig = Files.writeString(
                dir.resolve("hook.yaml"), """
                clusters: [{name: c, cluster: {server: "https://localhost:%d/audit", certificate-authority: ca.crt}}]
                contexts: [{name: x, context: {cluster: c, user: u}}]
                current-context: x
                users: [{name: u, user: {token: only-for-the-hook}}]
                """.formatted(hook.getAddress().getPort()));
        server = ApiServer.start(settings(kubeconfig), store, time, new Random(1));
        var admin = issued(CertificateRequest.client("admin", "system:masters"));
        client = HttpClient.newBuilder()
                .sslContext(HttpsTransport.tls(new HttpsTransport.Credentials(
                        Optional.of(Pem.encode(authority.certificate()).getBytes(UTF_8)),
                        Optional.of(Pem.encode(admin.chain()).getBytes(UTF_8)),
                        Optional.of(Pem.encode(admin.key()).getBytes(UTF_8)),
                        Optional.empty())))
                .build();
    }

    private ApiServerConfig settings(Path kubeconfig) throws Exception {
        var serving = material(issued(CertificateRequest.server("api", List.of("localhost"))));
        var policy = AuditPolicy.parse("""
                apiVersion: audit.k8s.io/v1
                kind: Policy
                omitStages: [RequestReceived]
                rules:
                - {level: Request, resources: [{group: "", resources: [configmaps]}], namespaces: [default]}
                - {level: None}
                """);
        var webhook = new AuditSettings.Webhook(
                AuditHookFile.read(kubeconfig),
                Duration.ofMillis(1),
                AuditSettings.Mode.BATCH,
                new AuditSettings.Batch(100, MOST, Duration.ofHours(1), false, 1, 1),
                new AuditSettings.Truncation(true, 100_000, 4_000));
        return ApiServerConfig.builder(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        () -> serving,
                        List.of(authority.certificate()),
                        () -> serving,
                        List.of(authority.certificate()),
                        ServiceAccountKeys.fixed(CertificateAuthority.newKeys(random)))
                .audit(new AuditSettings(Optional.of(policy), Optional.empty(), Optional.of(webhook)))
                .build();
    }

    @AfterEach
    void stop() {
        client.shutdownNow();
        server.close();
        hook.stop(0);
        store.close();
        time.close();
    }

    private Identity issued(CertificateRequest request) throws Exception {
        return new CertificateAuthority(authority, random).issue(request, time.now(), Duration.ofDays(1));
    }

    private static TlsMaterial material(Identity identity) {
        return new TlsMaterial(identity.key(), List.of(identity.chain()));
    }

    private static SSLContext tls(Identity identity) throws Exception {
        var keys = KeyStore.getInstance(TlsMaterial.IN_MEMORY);
        keys.load(null, null);
        keys.setKeyEntry("hook", identity.key(), new char[0], identity.chain());
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private void hear(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            var next = answers.poll();
            int answer = next == null ? 200 : next;
            told.add(new Told(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                            + exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    body,
                    answer));
            exchange.sendResponseHeaders(answer, -1);
        }
    }

    /** Makes config maps, whose events have these identifiers. */
    private void make(String data, String... ids) throws Exception {
        for (var id : ids) {
            var body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + id
                    + "\"},\"data\":{\"a\":\"" + data + "\"}}";
            var request = HttpRequest.newBuilder(
                            URI.create("https://localhost:" + server.address().getPort() + MAPS))
                    .headers("Content-Type", "application/json", "Audit-ID", id)
                    .POST(BodyPublishers.ofString(body))
                    .build();
            var answer = client.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        }
    }

    private static List<String> ids(List<Told> told) {
        return told.stream().flatMap(t -> t.ids().stream()).toList();
    }

    @Test
    void eventsGoTogetherToWhomTheFileNamesAndInWhoseNameItSays() throws Exception {
        make("x", "a-1", "a-2", "a-3", "a-4");
        Await.until("the first batch", () -> !told.isEmpty());
        var batch = told.getFirst();
        assertThat(batch.how).isEqualTo("POST /audit application/json");
        assertThat(batch.authorization).isEqualTo("Bearer only-for-the-hook");
        assertThat(batch.ids()).hasSize(MOST);
        assertThat(batch.list().path("kind").asString()).isEqualTo("EventList");
        assertThat(batch.list().path("apiVersion").asString()).isEqualTo("audit.k8s.io/v1");
        server.close(); // what waits for others goes now
        assertThat(told).hasSize(2);
        assertThat(ids(told)).containsExactlyInAnyOrder("a-1", "a-2", "a-3", "a-4");
    }

    @Test
    void whatIsNotTakenIsSentAgain() throws Exception {
        answers.addAll(List.of(500, 429, 302));
        make("x", "a-1", "a-2", "a-3");
        Await.until("it is taken", () -> told.size() == 4);
        assertThat(told).extracting(Told::answer).containsExactly(500, 429, 302, 200);
        assertThat(told).extracting(Told::body).containsOnly(told.getFirst().body);
    }

    @Test
    void aHookThatFailsLosesABatchAndNotTheNext() throws Exception {
        answers.addAll(List.of(500, 500, 500, 500, 500));
        make("x", "a-1", "a-2", "a-3", "a-4", "a-5", "a-6");
        Await.until("the next is taken", () -> told.size() == 6);
        assertThat(told.getLast().answer).isEqualTo(200);
        assertThat(ids(told.subList(4, 6))).containsExactlyInAnyOrder("a-1", "a-2", "a-3", "a-4", "a-5", "a-6");
        var metrics = client.send(
                HttpRequest.newBuilder(URI.create(
                                "https://localhost:" + server.address().getPort() + "/metrics"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(metrics.body()).contains("apiserver_audit_error_total{plugin=\"webhook\"} 3");
    }

    @Test
    void largeEventsGoWithoutTheirObjects() throws Exception {
        make("x".repeat(5_000), "a-1");
        make("x", "a-2", "a-3");
        Await.until("the batch", () -> !told.isEmpty());
        for (var event : told.getFirst().list().path("items")) {
            boolean large = event.path("auditID").asString().equals("a-1");
            assertThat(event.has("requestObject")).isEqualTo(!large);
            assertThat(event.path("annotations").path("audit.k8s.io/truncated").asString(""))
                    .isEqualTo(large ? "true" : "");
        }
    }
}
