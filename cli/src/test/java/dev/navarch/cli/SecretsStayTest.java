package dev.navarch.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.audit.AuditPolicy;
import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.client.HttpsTransport;
import dev.navarch.client.Kubeconfig;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.EncryptionFile;
import dev.navarch.cluster.Progress;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets and tokens are told to nobody but whom they are for: not to logs of any level, to events, to the audit log at level
 * Metadata, to errors or to metrics; and they lie on disk encrypted.
 */
@Timeout(300)
class SecretsStayTest {
    /** In whatever must stay. Its base64 begins alike wherever it begins a value. */
    private static final String MARK = "Zyzzyva-4711";

    private static final String CODED =
            Base64.getEncoder().encodeToString(MARK.getBytes(UTF_8)).substring(0, 15);
    private static final String SECRETS = "/api/v1/namespaces/default/secrets";

    /** Held, or their levels might be forgotten. */
    private static final List<Logger> LOUD = List.of(Logger.getLogger("dev.navarch"), Logger.getLogger("io.netty"));

    @TempDir
    static Path home;

    private static Path audit;
    private static Cluster cluster;
    private static HttpClient client;
    private static HttpClient nobody;
    private static URI server;
    private static Ears ears;

    /** Hears all that is logged, and keeps what should not have been. */
    private static final class Ears extends Handler {
        final List<String> told = Collections.synchronizedList(new ArrayList<>());
        final List<String> marks = Collections.synchronizedList(new ArrayList<>(List.of(MARK, CODED)));
        final AtomicLong heard = new AtomicLong();
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord record) {
            heard.incrementAndGet();
            var text = new StringWriter();
            text.write(formatter.formatMessage(record));
            if (record.getThrown() != null) {
                record.getThrown().printStackTrace(new PrintWriter(text));
            }
            var line = text.toString();
            if (List.copyOf(marks).stream().anyMatch(line::contains)) {
                told.add(record.getLoggerName() + ": " + line);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeAll
    static void start() throws Exception {
        ears = new Ears();
        ears.setLevel(Level.ALL);
        Logger.getLogger("").addHandler(ears);
        LOUD.forEach(logger -> logger.setLevel(Level.ALL));
        audit = home.resolve("audit.log");
        open();
    }

    private static void open() throws Exception {
        var keys = Files.writeString(home.resolve("encryption.yaml"), """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets, widgets.example.com]
                  providers:
                  - secretbox: {keys: [{name: key1, secret: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}]}
                  - identity: {}
                """);
        var settings = new AuditSettings(
                Optional.of(
                        AuditPolicy.parse("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}")),
                Optional.of(AuditSettings.Log.to(audit)),
                Optional.empty());
        cluster = Cluster.start(
                ClusterConfig.simulated(home.resolve("data"), ClusterConfig.Components.CONTROL_PLANE, 0)
                        .withEncryption(new EncryptionFile(keys, false))
                        .withServer(builder -> builder.audit(settings)),
                Progress.silent());
        var kubeconfig = Kubeconfig.read(cluster.adminKubeconfig());
        var access = kubeconfig.access(
                kubeconfig.currentContext(), cluster.adminKubeconfig().getParent(), new SystemTime());
        server = access.server();
        client = HttpClient.newBuilder()
                .sslContext(HttpsTransport.tls(access.credentials()))
                .build();
        nobody = HttpClient.newBuilder()
                .sslContext(HttpsTransport.tls(new HttpsTransport.Credentials(
                        access.credentials().authorities(), Optional.empty(), Optional.empty(), Optional.empty())))
                .build();
    }

    @AfterAll
    static void stop() {
        close();
        Logger.getLogger("").removeHandler(ears);
        LOUD.forEach(logger -> logger.setLevel(null));
    }

    private static void close() {
        client.shutdownNow();
        nobody.shutdownNow();
        cluster.close();
    }

    private static HttpResponse<String> send(
            HttpClient by, String method, String path, String type, String body, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(server.resolve(path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return by.send(request.build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> json(String method, String path, String body) throws Exception {
        return send(client, method, path, "application/json", body);
    }

    /** A request that fails, with an answer that does not say what it was given. */
    private static void fails(int status, String method, String path, String type, String body) throws Exception {
        var answer = send(client, method, path, type, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).doesNotContain(MARK, CODED);
    }

    /** A read by whom nobody knows, in whatever way it is said who asks. */
    private static void unauthorized(String query, String... headers) throws Exception {
        var answer = send(nobody, "GET", SECRETS + query, "", "", headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        assertThat(answer.body()).doesNotContain(MARK, CODED);
    }

    private static String secret(String name, String rest) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"" + name + "\"}," + rest + "}";
    }

    @Test
    void nothingSecretIsToldAnywhere() throws Exception {
        var value = Base64.getEncoder().encodeToString((MARK + "-value").getBytes(UTF_8));
        var created = json("POST", SECRETS, secret("db", "\"data\":{\"p\":\"" + value + "\"}"));
        assertThat(created.statusCode()).isEqualTo(201);
        json("POST", SECRETS, secret("plain", "\"stringData\":{\"p\":\"" + MARK + "\"},\"immutable\":true"));
        json("PATCH", SECRETS + "/db", "{}");
        send(client, "PATCH", SECRETS + "/db", "application/merge-patch+json", "{\"data\":{\"q\":\"" + value + "\"}}");
        send(
                client,
                "PATCH",
                SECRETS + "/db?fieldManager=me&force=true",
                "application/apply-patch+yaml",
                secret("db", "\"data\":{\"p\":\"" + value + "\"}"));

        fails(409, "POST", SECRETS, "application/json", secret("db", "\"data\":{\"p\":\"" + value + "\"}"));
        fails(400, "POST", SECRETS, "application/json", secret("x", "\"data\":{\"p\":\"" + MARK + "-not base64\"}"));
        fails(400, "POST", SECRETS, "application/json", secret("x", "\"data\":{\"p\":\"" + value + "\""));
        fails(400, "POST", SECRETS, "application/yaml", "data: {p: " + MARK + "\nkind: [");
        fails(400, "POST", SECRETS, "application/json", secret("x", "\"data\":[\"" + value + "\"]"));
        fails(422, "POST", SECRETS, "application/json", secret("Bad Name", "\"data\":{\"p\":\"" + value + "\"}"));
        fails(
                400,
                "PUT",
                SECRETS + "/plain",
                "application/json",
                secret("plain", "\"data\":{\"p\":\"" + value + "x==\"}"));
        fails(
                422,
                "PATCH",
                SECRETS + "/plain",
                "application/merge-patch+json",
                "{\"stringData\":{\"p\":\"" + MARK + "-other\"}}");
        fails(
                422,
                "PATCH",
                SECRETS + "/db",
                "application/json-patch+json",
                "[{\"op\":\"test\",\"path\":\"/data/p\",\"value\":\"" + value + "x\"}]");

        unauthorized("", "Authorization", "Bearer " + MARK);
        unauthorized("", "Authorization", "Bearer abcdef." + MARK);
        unauthorized("", "Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30." + MARK);
        unauthorized("", "Authorization", "Basic " + CODED);
        unauthorized("?watch=true", "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io." + CODED);
        unauthorized("", "X-Remote-User", MARK, "Authorization", "Bearer " + MARK);

        var review = json(
                "POST",
                "/apis/authentication.k8s.io/v1/tokenreviews",
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{\"token\":\"" + MARK
                        + "\"}}");
        assertThat(review.body().substring(review.body().indexOf("\"status\""))).doesNotContain(MARK);
        var token = token();
        ears.marks.add(token.substring(token.lastIndexOf('.') + 1));
        assertThat(send(nobody, "GET", "/api", "", "", "Authorization", "Bearer " + token)
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(nobody, "GET", SECRETS, "", "", "Authorization", "Bearer " + token)
                        .statusCode())
                .isEqualTo(403);

        var metrics = json("GET", "/metrics", "").body();
        assertThat(metrics).doesNotContain(MARK, CODED).contains("apiserver_storage_transformation_operations_total");
        for (var path : List.of("/api/v1/events", "/apis/events.k8s.io/v1/events", "/readyz?verbose", "/version")) {
            assertThat(json("GET", path, "").body()).as(path).doesNotContain(MARK, CODED);
        }
        close();
        assertThat(Files.readString(audit))
                .contains(SECRETS)
                .doesNotContain(MARK, CODED)
                .doesNotContain(token.substring(token.lastIndexOf('.') + 1));
        assertThat(ears.told).isEmpty();
        assertThat(ears.heard).hasPositiveValue();
        open();
    }

    private static String token() throws Exception {
        json(
                "POST",
                "/api/v1/namespaces/kube-system/serviceaccounts",
                "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"tester\"}}");
        var issued = json(
                "POST",
                "/api/v1/namespaces/kube-system/serviceaccounts/tester/token",
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}");
        assertThat(issued.statusCode()).isEqualTo(201);
        var text = issued.body();
        int at = text.indexOf("\"token\":\"") + "\"token\":\"".length();
        return text.substring(at, text.indexOf('"', at));
    }

    private static boolean onDisk(String text) throws IOException {
        try (var files = Files.list(home.resolve("data/store/db"))) {
            for (var file : files.toList()) {
                try {
                    if (new String(Files.readAllBytes(file), ISO_8859_1).contains(text)) {
                        return true;
                    }
                } catch (NoSuchFileException _) {
                    // The engine put what was in it elsewhere.
                }
            }
        }
        return false;
    }

    @Test
    void secretsLieOnDiskEncryptedAndComeBack() throws Exception {
        var value = Base64.getEncoder().encodeToString((MARK + "-disk").getBytes(UTF_8));
        assertThat(json("POST", SECRETS, secret("disk", "\"data\":{\"p\":\"" + value + "\"}"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(onDisk("k8s:enc:secretbox:v1:key1:")).isTrue();
        assertThat(onDisk(MARK)).isFalse();
        assertThat(onDisk(CODED)).isFalse();
        close();
        open();
        assertThat(json("GET", SECRETS + "/disk", "").body()).contains(value);
        assertThat(json("GET", SECRETS, "").body()).contains(value);
        assertThat(onDisk(CODED)).isFalse();
    }
}
