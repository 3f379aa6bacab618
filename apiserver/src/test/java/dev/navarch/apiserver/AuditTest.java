package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.audit.AuditPolicy;
import dev.navarch.apiserver.audit.AuditSettings;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is recorded of requests, over real sockets. */
@Timeout(180)
class AuditTest {
    private static final JsonMapper json = new JsonMapper();
    private static final String PASSWORD = "aHVudGVyMg==";

    @TempDir
    static Path directory;

    private static Path log;
    private static TestServer server;
    private static HttpClient admin;

    @BeforeAll
    static void start() throws Exception {
        log = directory.resolve("audit.log");
        var policy = AuditPolicy.parse("""
                apiVersion: audit.k8s.io/v1
                kind: Policy
                omitManagedFields: true
                rules:
                - {level: None, nonResourceURLs: [/readyz*]}
                - {level: Metadata, resources: [{group: "", resources: [secrets]}]}
                - {level: Request, resources: [{group: "", resources: [services]}]}
                - {level: RequestResponse, resources: [{group: "", resources: [configmaps]}]}
                - {level: Metadata, omitStages: [RequestReceived]}
                """);
        var settings = new AuditSettings(Optional.of(policy), Optional.of(AuditSettings.Log.to(log)), Optional.empty());
        server = new TestServer(config -> config.audit(settings));
        admin = server.client("CN=admin,O=system:masters");
    }

    @AfterAll
    static void stop() {
        admin.shutdownNow();
        server.close();
    }

    /** The events of a request, once there are so many. */
    private static List<JsonNode> events(String auditId, int count) throws Exception {
        return Eventually.is(
                () -> wholeLines(Files.readString(log))
                        .map(json::readTree)
                        .filter(event -> event.path("auditID").asString().equals(auditId))
                        .toList(),
                events -> events.size() == count);
    }

    /** Without the one that is just being written. */
    private static Stream<String> wholeLines(String text) {
        return text.substring(0, text.lastIndexOf('\n') + 1).lines();
    }

    private static List<String> stages(List<JsonNode> events) {
        return events.stream().map(event -> event.path("stage").asString()).toList();
    }

    private int send(String auditId, String method, String path, String body, String... headers) throws Exception {
        return send(admin, auditId, method, path, body, headers);
    }

    private int send(HttpClient client, String auditId, String method, String path, String body, String... headers)
            throws Exception {
        var request = server.request(path)
                .header("Audit-ID", auditId)
                .header("User-Agent", "tester")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), BodyHandlers.discarding()).statusCode();
    }

    @Test
    void metadataTellsWhoDidWhatAndNothingOfTheObject() throws Exception {
        var secret =
                "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"data\":{\"p\":\"%s\"}}"
                        .formatted(PASSWORD);
        assertThat(send(
                        "m-1",
                        "POST",
                        "/api/v1/namespaces/default/secrets?fieldManager=me",
                        secret,
                        "Content-Type",
                        "application/json",
                        "X-Forwarded-For",
                        "10.9.8.7, nonsense"))
                .isEqualTo(201);
        var events = events("m-1", 2);
        assertThat(stages(events)).containsExactly("RequestReceived", "ResponseComplete");
        var event = events.getLast();
        assertThat(event.path("level").asString()).isEqualTo("Metadata");
        assertThat(event.path("verb").asString()).isEqualTo("create");
        assertThat(event.path("requestURI").asString()).isEqualTo("/api/v1/namespaces/default/secrets?fieldManager=me");
        assertThat(event.path("user").path("username").asString()).isEqualTo("admin");
        assertThat(event.path("user").path("groups").toString())
                .isEqualTo("[\"system:masters\",\"system:authenticated\"]");
        assertThat(event.path("sourceIPs").toString()).isEqualTo("[\"10.9.8.7\",\"127.0.0.1\"]");
        assertThat(event.path("userAgent").asString()).isEqualTo("tester");
        assertThat(event.path("objectRef").toString())
                .isEqualTo(
                        "{\"resource\":\"secrets\",\"namespace\":\"default\",\"name\":\"db\",\"apiVersion\":\"v1\"}");
        assertThat(event.path("responseStatus").toString()).isEqualTo("{\"metadata\":{},\"code\":201}");
        assertThat(event.path("annotations")
                        .path("authorization.k8s.io/decision")
                        .asString())
                .isEqualTo("allow");
        assertThat(event.path("annotations").has("authorization.k8s.io/reason")).isTrue();
        assertThat(event.has("requestObject")).isFalse();
        assertThat(event.has("responseObject")).isFalse();
        assertThat(send("m-2", "DELETE", "/api/v1/namespaces/default/secrets/db", ""))
                .isEqualTo(200);
        var deleted = events("m-2", 2).getLast().path("responseStatus");
        assertThat(deleted.path("status").asString()).isEqualTo("Success");
        assertThat(deleted.path("details").path("name").asString()).isEqualTo("db");
        assertThat(Files.readString(log)).doesNotContain(PASSWORD);
    }

    @Test
    void requestAndResponseAreJsonWhateverTheyWereSentIn() throws Exception {
        var yaml = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}";
        assertThat(send(
                        "r-1",
                        "POST",
                        "/api/v1/namespaces/default/configmaps",
                        yaml,
                        "Content-Type",
                        "application/yaml",
                        "Accept",
                        "application/vnd.kubernetes.protobuf"))
                .isEqualTo(201);
        var event = events("r-1", 2).getLast();
        assertThat(event.path("requestObject").path("data").toString()).isEqualTo("{\"a\":\"b\"}");
        var answer = event.path("responseObject");
        assertThat(answer.path("kind").asString()).isEqualTo("ConfigMap");
        assertThat(answer.path("data").toString()).isEqualTo("{\"a\":\"b\"}");
        assertThat(answer.path("metadata").path("uid").asString()).isNotEmpty();
        assertThat(answer.path("metadata").has("managedFields")).isFalse();

        assertThat(send(
                        "r-2",
                        "PATCH",
                        "/api/v1/namespaces/default/configmaps/c",
                        "{\"data\":{\"a\":\"c\"}}",
                        "Content-Type",
                        "application/merge-patch+json"))
                .isEqualTo(200);
        assertThat(events("r-2", 2).getLast().path("requestObject").toString()).isEqualTo("{\"data\":{\"a\":\"c\"}}");
        for (var form : List.of("application/json", "application/vnd.kubernetes.protobuf", "application/yaml")) {
            var id = "r-3-" + form.hashCode();
            assertThat(send(id, "GET", "/api/v1/namespaces/default/configmaps", "", "Accept", form))
                    .isEqualTo(200);
            var list = events(id, 2).getLast().path("responseObject");
            assertThat(list.path("kind").asString()).as(form).isEqualTo("ConfigMapList");
            assertThat(list.path("items")
                            .valueStream()
                            .map(item -> item.path("data").toString()))
                    .as(form)
                    .contains("{\"a\":\"c\"}");
        }
        assertThat(send("r-4", "GET", "/api/v1/namespaces/default/configmaps/none", ""))
                .isEqualTo(404);
        var missing = events("r-4", 2).getLast();
        assertThat(missing.path("responseStatus").path("reason").asString()).isEqualTo("NotFound");
        assertThat(missing.path("responseStatus").path("code").asInt()).isEqualTo(404);
        assertThat(missing.path("responseObject").path("kind").asString()).isEqualTo("Status");
    }

    @Test
    void aRequestAtLevelRequestHasNoResponse() throws Exception {
        assertThat(send(
                        "q-1",
                        "POST",
                        "/api/v1/namespaces/default/services",
                        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":80}]}}",
                        "Content-Type",
                        "application/json"))
                .isEqualTo(201);
        var event = events("q-1", 2).getLast();
        assertThat(event.path("requestObject").path("spec").path("ports").size())
                .isEqualTo(1);
        assertThat(event.has("responseObject")).isFalse();
    }

    @Test
    void refusalsAreRecorded() throws Exception {
        try (var someone = server.client("CN=someone");
                var nobody = server.client("")) {
            assertThat(send(someone, "f-1", "GET", "/api/v1/namespaces/default/secrets/x", ""))
                    .isEqualTo(403);
            var forbidden = events("f-1", 2).getLast();
            assertThat(forbidden
                            .path("annotations")
                            .path("authorization.k8s.io/decision")
                            .asString())
                    .isEqualTo("forbid");
            assertThat(forbidden.path("responseStatus").path("status").asString())
                    .isEqualTo("Failure");
            assertThat(forbidden.path("responseStatus").path("reason").asString())
                    .isEqualTo("Forbidden");
            assertThat(forbidden.path("responseStatus").path("code").asInt()).isEqualTo(403);

            assertThat(send(nobody, "f-2", "GET", "/api/v1/pods", "", "Authorization", "Bearer marked-token"))
                    .isEqualTo(401);
            var refused = events("f-2", 1).getFirst();
            assertThat(refused.path("stage").asString()).isEqualTo("ResponseStarted");
            assertThat(refused.path("user").toString()).isEqualTo("{}");
            assertThat(refused.path("responseStatus").path("code").asInt()).isEqualTo(401);
            assertThat(Files.readString(log)).doesNotContain("marked-token");
        }
    }

    @Test
    void impersonationNamesBoth() throws Exception {
        assertThat(send("i-1", "GET", "/api/v1/nodes", "", "Impersonate-User", "jane", "Impersonate-Group", "devs"))
                .isEqualTo(403);
        var event = events("i-1", 1).getFirst();
        assertThat(event.path("user").path("username").asString()).isEqualTo("admin");
        assertThat(event.path("impersonatedUser").path("username").asString()).isEqualTo("jane");
        assertThat(event.path("impersonatedUser").path("groups").toString()).contains("devs");
    }

    @Test
    void aWatchIsRecordedWhenItBeginsAndWhenItEnds() throws Exception {
        var request = server.request("/api/v1/namespaces/default/configmaps?watch=true")
                .header("Audit-ID", "w-1")
                .build();
        try (InputStream events =
                admin.send(request, BodyHandlers.ofInputStream()).body()) {
            assertThat(stages(events("w-1", 2))).containsExactly("RequestReceived", "ResponseStarted");
        }
        var all = events("w-1", 3);
        assertThat(stages(all)).containsExactly("RequestReceived", "ResponseStarted", "ResponseComplete");
        assertThat(all.getLast().path("verb").asString()).isEqualTo("watch");
        assertThat(all.getLast().path("responseStatus").path("code").asInt()).isEqualTo(200);
    }

    @Test
    void whatThePolicyLeavesOutIsNotThere() throws Exception {
        assertThat(send("n-1", "GET", "/readyz", "")).isEqualTo(200);
        assertThat(send("n-2", "GET", "/version", "")).isEqualTo(200);
        assertThat(stages(events("n-2", 1))).containsExactly("ResponseComplete");
        assertThat(events("n-1", 0)).isEmpty();
        var metrics = server.get(admin, "/metrics").body();
        assertThat(metrics)
                .contains("apiserver_audit_event_total ")
                .contains("apiserver_audit_level_total{level=\"Metadata\"}")
                .contains("apiserver_audit_level_total{level=\"None\"}")
                .contains("authentication_attempts{result=\"success\"}")
                .contains("authenticated_user_requests{username=\"admin\"}")
                .contains("authentication_duration_seconds_count{result=\"success\"}")
                .contains("authorization_attempts_total{result=\"allowed\"}")
                .contains("authorization_duration_seconds_count{result=\"allowed\"}");
    }
}
