package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** Front and registry together, over real sockets. */
@Timeout(180)
class AssembledServerTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final JsonMapper json = new JsonMapper();
    private static TestServer server;
    private static HttpClient admin;

    @BeforeAll
    static void start() throws Exception {
        server = new TestServer(true);
        admin = server.client("CN=admin,O=system:masters");
    }

    @AfterAll
    static void stop() {
        admin.shutdownNow();
        server.close();
    }

    @Test
    void theDefaultRolesAreThereAndHold() throws Exception {
        var roles = json.readTree(server.get(admin, "/apis/rbac.authorization.k8s.io/v1/clusterroles")
                .body());
        assertThat(roles.path("items")
                        .valueStream()
                        .map(r -> r.path("metadata").path("name").asString()))
                .contains("cluster-admin", "admin", "edit", "view", "system:node", "system:controller:job-controller");
        try (var kubelet = server.client("CN=system:node:n1,O=system:nodes")) {
            assertThat(server.get(kubelet, "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.get(kubelet, "/api/v1/pods").body())
                    .contains("can only list/watch pods with spec.nodeName field selector");
            assertThat(server.get(kubelet, "/api/v1/namespaces").statusCode()).isEqualTo(403);
        }
        try (var someone = server.client("CN=someone")) {
            for (var path : List.of("/api", "/apis", "/apis/apps/v1", "/openapi/v3", "/version")) {
                assertThat(server.get(someone, path).statusCode()).as(path).isEqualTo(200);
            }
        }
    }

    @Test
    void whatIsCountedHasUpstreamsNames() throws Exception {
        server.post(admin, CONFIG_MAPS, "{\"metadata\":{\"name\":\"counted\"}}");
        var watch = admin.send(
                server.request(CONFIG_MAPS + "?watch=true&timeoutSeconds=1").build(), BodyHandlers.ofString());
        assertThat(watch.body()).contains("counted");
        assertThat(server.get(admin, "/metrics").body())
                .contains(
                        "apiserver_watch_events_total{group=\"\",resource=\"configmaps\",version=\"v1\"} ",
                        "apiserver_watch_events_sizes_bucket{group=\"\",resource=\"configmaps\",version=\"v1\",le=\"1024.0\"}",
                        "apiserver_storage_objects{resource=\"configmaps\"} ",
                        "apiserver_storage_objects{resource=\"deployments.apps\"} 0",
                        "etcd_request_duration_seconds_count{group=\"\",operation=\"create\",resource=\"configmaps\"} ",
                        "apiserver_longrunning_requests{component=\"apiserver\",group=\"\",resource=\"configmaps\",scope=\"namespace\",subresource=\"\",verb=\"WATCH\",version=\"v1\"}"
                                + " 0",
                        "apiserver_current_inflight_requests{request_kind=\"mutating\"}");
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aWatchSeesWhatIsWritten(HttpClient.Version version) throws Exception {
        var name =
                "seen-by-" + version.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        var list = json.readTree(server.get(admin, CONFIG_MAPS).body());
        var from = list.path("metadata").path("resourceVersion").asString();
        var watch = admin.send(
                server.request(CONFIG_MAPS + "?watch=true&resourceVersion=" + from)
                        .version(version)
                        .build(),
                BodyHandlers.ofInputStream());
        assertThat(watch.statusCode()).isEqualTo(200);
        var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8));
        var created = server.post(admin, CONFIG_MAPS, """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"},"data":{"a":"1"}}\
            """.formatted(name));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        var event = json.readTree(events.readLine());
        assertThat(event.path("type").asString()).isEqualTo("ADDED");
        assertThat(event.path("object").path("metadata").path("name").asString())
                .isEqualTo(name);
        assertThat(server.get(admin, CONFIG_MAPS + "/" + name).body()).contains("\"data\":{\"a\":\"1\"}");
        admin.send(
                server.request(CONFIG_MAPS + "/" + name)
                        .version(version)
                        .DELETE()
                        .build(),
                BodyHandlers.ofString());
        assertThat(json.readTree(events.readLine()).path("type").asString()).isEqualTo("DELETED");
        watch.body().close();
    }

    @Test
    void reviewsAndTokensAreServed() throws Exception {
        assertThat(server.post(
                                admin,
                                "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}")
                        .body())
                .contains("\"username\":\"admin\"");
        assertThat(server.post(
                                admin,
                                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\","
                                        + "\"spec\":{\"resourceAttributes\":{\"verb\":\"*\",\"resource\":\"*\"}}}")
                        .body())
                .contains("\"allowed\":true");
        server.post(
                admin,
                "/api/v1/namespaces/default/serviceaccounts",
                "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"robot\"}}");
        var token = server.post(
                admin,
                "/api/v1/namespaces/default/serviceaccounts/robot/token",
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}");
        assertThat(token.statusCode()).as(token.body()).isEqualTo(201);
        var bearer = json.readTree(token.body()).path("status").path("token").asString();
        try (var nobody = server.client("")) {
            var answer = nobody.send(
                    server.request("/api")
                            .header("Authorization", "Bearer " + bearer)
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void badBodiesAreRefusedAndTheNextRequestWorks() throws Exception {
        for (var body :
                List.of("{", "[1,2", "{\"a\":".repeat(100_000), "[".repeat(100_000), "\0", "null", "\"text\"", "{}")) {
            var answer = admin.send(
                    server.request(CONFIG_MAPS)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode())
                    .as(body.substring(0, Math.min(20, body.length())) + " → " + answer.body())
                    .isBetween(400, 422);
            assertThat(server.get(admin, CONFIG_MAPS).statusCode()).isEqualTo(200);
        }
    }

    /** Source of the names and labels: k8s.io/apiserver pkg/endpoints/metrics, pkg/storage/etcd3/metrics. */
    @Test
    void metricsHaveUpstreamsNamesAndLabels() throws Exception {
        try (var server = new TestServer(true);
                var admin = server.client("CN=admin,O=system:masters")) {
            server.post(admin, "/api/v1/namespaces?dryRun=All", "{\"metadata\":{\"name\":\"n\"}}");
            server.get(admin, "/api/v1/namespaces?watch=1&timeoutSeconds=1");
            assertThat(server.get(admin, "/metrics").body())
                    .contains(
                            "apiserver_request_total{code=\"201\",component=\"apiserver\",dry_run=\"All\",group=\"\","
                                    + "resource=\"namespaces\",scope=\"resource\",subresource=\"\",verb=\"POST\",version=\"v1\"} 1.0")
                    .contains(
                            "apiserver_request_duration_seconds_bucket{component=\"apiserver\",dry_run=\"All\",group=\"\","
                                    + "resource=\"namespaces\",scope=\"resource\",subresource=\"\",verb=\"POST\",version=\"v1\","
                                    + "le=\"0.005\"}")
                    .contains(
                            "apiserver_response_sizes_count{component=\"apiserver\",group=\"\",resource=\"namespaces\","
                                    + "scope=\"resource\",subresource=\"\",verb=\"POST\",version=\"v1\"} 1")
                    .contains(
                            "apiserver_longrunning_requests{component=\"apiserver\",group=\"\",resource=\"namespaces\","
                                    + "scope=\"cluster\",subresource=\"\",verb=\"WATCH\",version=\"v1\"} 0.0")
                    .contains("apiserver_current_inflight_requests{request_kind=\"mutating\"} 0.0")
                    .contains("apiserver_current_inflight_requests{request_kind=\"readOnly\"} ")
                    .contains("apiserver_storage_objects{resource=\"namespaces\"} 4.0")
                    .contains("apiserver_resource_objects{group=\"apps\",resource=\"deployments\"} 0.0")
                    .contains("apiserver_watch_events_total{group=\"\",resource=\"namespaces\",version=\"v1\"} 4.0")
                    .contains("apiserver_watch_events_sizes_count{group=\"\",resource=\"namespaces\",version=\"v1\"} 4")
                    .contains(
                            "etcd_request_duration_seconds_bucket{group=\"\",operation=\"create\",resource=\"namespaces\",")
                    .contains("etcd_requests_total{group=\"\",operation=\"create\",resource=\"namespaces\"} 4.0")
                    .contains("process_start_time_seconds ", "process_resident_memory_bytes ", "process_open_fds ")
                    .contains("process_cpu_seconds_total ");
        }
    }

    /** The behaviour of that name in the conformance suite, and what else is stored nowhere. */
    @Test
    void whatIsStoredNowhereHasNoTable() throws Exception {
        var table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        try (var server = new TestServer(true);
                var admin = server.client("CN=admin,O=system:masters")) {
            for (var path : List.of(
                    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                    "/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews",
                    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                    "/apis/authentication.k8s.io/v1/tokenreviews",
                    "/api/v1/namespaces/default/serviceaccounts/default/token",
                    "/api/v1/namespaces/default/bindings",
                    "/api/v1/namespaces/default/pods/p/binding",
                    "/api/v1/namespaces/default/pods/p/eviction")) {
                var refused = accepting(server, admin, path, table);
                assertThat(refused.statusCode()).as(path).isEqualTo(406);
                assertThat(refused.body())
                        .contains("\"reason\":\"NotAcceptable\"")
                        .contains("only the following media types are accepted: application/json, application/yaml,"
                                + " application/vnd.kubernetes.protobuf");
            }
            assertThat(accepting(
                                    server,
                                    admin,
                                    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
                                    table + ", application/json")
                            .statusCode())
                    .isEqualTo(201);
        }
    }

    private static HttpResponse<String> accepting(TestServer server, HttpClient client, String path, String accepted)
            throws Exception {
        return client.send(
                server.request(path)
                        .header("Content-Type", "application/json")
                        .header("Accept", accepted)
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
