package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.EventRateSettings;
import dev.navarch.apiserver.admission.PluginSelection;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Priority and fairness of a whole server; the tests of {@code flowcontrol} tell who is served when. */
@Timeout(300)
class PriorityAndFairnessTest {
    private static final String GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1/";
    private static final JsonMapper json = new JsonMapper();
    private static TestServer server;
    private static HttpClient admin;

    @BeforeAll
    static void start() throws Exception {
        server = new TestServer(settings -> settings.admission(AdmissionSettings.STANDARD
                .withPlugins(new PluginSelection(Set.of("EventRateLimit"), Set.of()))
                .withEventRates(new EventRateSettings(List.of(
                        new EventRateSettings.Limit("SourceAndObject", 1, 1_000_000, 10),
                        new EventRateSettings.Limit("User", 1, 1, 10))))));
        admin = server.client("CN=admin,O=system:masters");
    }

    @AfterAll
    static void stop() {
        admin.shutdownNow();
        server.close();
    }

    private static JsonNode read(String path) throws Exception {
        return json.readTree(server.get(admin, path).body());
    }

    private static String dangling(String schema) throws Exception {
        var conditions = read(GROUP + "flowschemas/" + schema).path("status").path("conditions");
        return conditions.path(0).path("type").asString("") + "="
                + conditions.path(0).path("status").asString("") + " "
                + conditions.path(0).path("reason").asString("") + ": "
                + conditions.path(0).path("message").asString("");
    }

    private static String uid(String path) throws Exception {
        return read(path).path("metadata").path("uid").asString();
    }

    private static List<String> fields(HttpResponse<?> answer) {
        return List.of(
                answer.headers().firstValue("X-Kubernetes-PF-FlowSchema-UID").orElse(""),
                answer.headers().firstValue("X-Kubernetes-PF-PriorityLevel-UID").orElse(""));
    }

    @Test
    void theDefaultObjectsAreThere() throws Exception {
        var schemas = read(GROUP + "flowschemas");
        assertThat(schemas.path("items")
                        .valueStream()
                        .map(item -> item.path("metadata").path("name").asString()))
                .contains(
                        "catch-all",
                        "exempt",
                        "global-default",
                        "kube-controller-manager",
                        "kube-scheduler",
                        "kube-system-service-accounts",
                        "probes",
                        "service-accounts",
                        "system-leader-election",
                        "system-node-high",
                        "system-nodes");
        assertThat(schemas.path("items").valueStream())
                .filteredOn(
                        item -> !item.path("metadata").path("name").asString().startsWith("my-"))
                .allMatch(item -> item.path("metadata")
                        .path("annotations")
                        .path("apf.kubernetes.io/autoupdate-spec")
                        .asString("")
                        .equals("true"));
        var level = read(GROUP + "prioritylevelconfigurations/workload-high")
                .path("spec")
                .path("limited");
        assertThat(level.path("nominalConcurrencyShares").asInt()).isEqualTo(40);
        assertThat(level.path("limitResponse").path("queuing").path("handSize").asInt())
                .isEqualTo(6);
        Eventually.is(
                () -> dangling("probes"),
                condition -> condition.equals("Dangling=False Found: This FlowSchema references the"
                        + " PriorityLevelConfiguration object named \"exempt\" and it exists"));
    }

    @Test
    void answersNameTheFlowSchemaAndTheLevel() throws Exception {
        var exempt = List.of(uid(GROUP + "flowschemas/exempt"), uid(GROUP + "prioritylevelconfigurations/exempt"));
        assertThat(fields(server.get(admin, "/api/v1/namespaces"))).isEqualTo(exempt);
        try (var someone = server.client("CN=someone")) {
            var usual = List.of(
                    uid(GROUP + "flowschemas/global-default"),
                    uid(GROUP + "prioritylevelconfigurations/global-default"));
            assertThat(fields(server.get(someone, "/version"))).isEqualTo(usual);
            assertThat(fields(server.get(someone, "/api/v1/pods")))
                    .as("of a 403")
                    .isEqualTo(usual);
        }
    }

    @Test
    void aSchemaOfNoLevelDanglesUntilThereIsOne() throws Exception {
        var schema = """
                {"metadata": {"name": "my-schema"}, "spec": {"matchingPrecedence": 50, "priorityLevelConfiguration":
                {"name": "my-level"}, "rules": [{"subjects": [{"kind": "User", "user": {"name": "limited"}}],
                "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}], "resourceRules": [{"verbs": ["*"],
                "apiGroups": ["*"], "resources": ["*"], "clusterScope": true}]}]}}""";
        assertThat(server.post(admin, GROUP + "flowschemas", schema).statusCode())
                .isEqualTo(201);
        Eventually.is(
                () -> dangling("my-schema"),
                condition -> condition.equals("Dangling=True NotFound: This FlowSchema references the"
                        + " PriorityLevelConfiguration object named \"my-level\" but there is no such object"));
        var level = """
                {"metadata": {"name": "my-level"}, "spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 0,
                "borrowingLimitPercent": 0, "limitResponse": {"type": "Reject"}}}}""";
        assertThat(server.post(admin, GROUP + "prioritylevelconfigurations", level)
                        .statusCode())
                .isEqualTo(201);
        Eventually.is(() -> dangling("my-schema"), condition -> condition.startsWith("Dangling=False Found"));
        try (var limited = server.client("CN=limited");
                var seated = server.socket("CN=limited")) {
            // a level without seats serves one request at a time: this one, whose body doesn't come
            seated.getOutputStream()
                    .write(
                            ("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews HTTP/1.1\r\nHost: localhost\r\n"
                                            + "Content-Type: application/json\r\nContent-Length: 9\r\n"
                                            + "Expect: 100-continue\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(seated.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 100");
            var refused = server.get(limited, "/version");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).isEqualTo("Too many requests, please try again later.\n");
            assertThat(refused.headers().firstValue("Retry-After").orElse("")).matches("[1-9]\\d*");
            assertThat(fields(refused).getLast()).isEqualTo(uid(GROUP + "prioritylevelconfigurations/my-level"));
            assertThat(server.get(limited, "/livez").statusCode())
                    .as("my-schema comes after probes")
                    .isEqualTo(200);
        }
        assertThat(server.get(admin, "/metrics").body())
                .contains("apiserver_flowcontrol_rejected_requests_total{flow_schema=\"my-schema\","
                        + "priority_level=\"my-level\",reason=\"concurrency-limit\"}")
                .contains("apiserver_flowcontrol_dispatched_requests_total{flow_schema=\"exempt\","
                        + "priority_level=\"exempt\"}")
                .containsPattern(
                        "apiserver_flowcontrol_nominal_limit_seats\\{priority_level=\"workload-low\"} 24[45].0")
                .contains("apiserver_flowcontrol_request_wait_duration_seconds_bucket{execute=\"true\",")
                .contains("apiserver_flowcontrol_priority_level_seat_utilization_bucket{phase=\"executing\",");
    }

    @Test
    void whatIsUnderWayIsShown() throws Exception {
        var folder = "/debug/api_priority_and_fairness/";
        assertThat(server.get(admin, folder + "dump_priority_levels").body())
                .startsWith("PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests,")
                .containsPattern("leader-election, +0, +true, +false, +0, +0,");
        assertThat(server.get(admin, folder + "dump_queues").body())
                .containsPattern("leader-election, +15, +0, +0, +0, ");
        assertThat(server.get(admin, folder + "dump_requests?includeRequestDetails=1")
                        .body())
                .containsPattern("exempt, +exempt, +-1, +-1,")
                .containsPattern("admin, +get, +" + folder + "dump_requests,");
        try (var someone = server.client("CN=someone")) {
            assertThat(server.get(someone, folder + "dump_requests").statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void eventsThatComeTooOftenAreRefused() throws Exception {
        var event = """
                {"metadata": {"generateName": "e-"}, "involvedObject": {"kind": "Pod", "name": "p",
                "namespace": "default"}, "reason": "R", "message": "m", "type": "Normal"}""";
        var refused = Eventually.is(
                () -> server.post(admin, "/api/v1/namespaces/default/events", event),
                answer -> answer.statusCode() != 201);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.body()).contains("limit reached on type User for key admin");
        assertThat(server.post(admin, "/api/v1/namespaces/default/configmaps", "{\"metadata\":{\"name\":\"c\"}}")
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void theSuggestedObjectsMayBeChanged() throws Exception {
        var path = GROUP + "prioritylevelconfigurations/global-default";
        var patched = admin.send(
                server.request(path)
                        .header("Content-Type", "application/merge-patch+json")
                        .method(
                                "PATCH",
                                BodyPublishers.ofString("{\"metadata\": {\"annotations\":"
                                        + " {\"apf.kubernetes.io/autoupdate-spec\": \"false\"}},"
                                        + " \"spec\": {\"limited\": {\"nominalConcurrencyShares\": 21}}}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(patched.statusCode()).isEqualTo(200);
        Eventually.is(
                () -> server.get(admin, "/metrics").body(),
                page -> page.contains(
                        "apiserver_flowcontrol_nominal_limit_seats{priority_level=\"global-default\"} 52.0"));
    }
}
