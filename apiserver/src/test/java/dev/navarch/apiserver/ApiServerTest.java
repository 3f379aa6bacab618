package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(180)
class ApiServerTest {
    private static final JsonMapper json = new JsonMapper();
    private static TestServer server;
    private static HttpClient nobody;
    private static HttpClient admin;
    private static HttpClient jane;

    @BeforeAll
    static void start() throws Exception {
        server = new TestServer();
        nobody = server.client("");
        admin = server.client("CN=admin,O=system:masters");
        jane = server.client("CN=jane,O=dev,O=test");
    }

    @AfterAll
    static void stop() {
        List.of(nobody, admin, jane).forEach(HttpClient::shutdownNow);
        server.close();
    }

    @Test
    void whoeverAsksSeesHealthAndNothingElse() throws Exception {
        assertThat(server.get(nobody, "/readyz").body()).isEqualTo("ok");
        assertThat(server.get(nobody, "/livez?verbose").body())
                .isEqualTo("[+]ping ok\n[+]log ok\n[+]etcd ok\nlivez check passed\n");
        for (var path : List.of("/api", "/version", "/metrics", "/livez/ping")) {
            var answer = server.get(nobody, path);
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body())
                    .isEqualTo("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                            + "\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}\n");
        }
        assertThat(server.get(jane, "/version").body()).contains("\"gitVersion\": \"v1.36.0+");
        var api = server.get(jane, "/metrics");
        assertThat(api.statusCode()).isEqualTo(403);
        assertThat(api.body())
                .isEqualTo("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                        + "\"message\":\"forbidden: User \\\"jane\\\" cannot get path \\\"/metrics\\\"\","
                        + "\"reason\":\"Forbidden\",\"details\":{},\"code\":403}\n");
    }

    @Test
    void aSingleCheckAndExclusionsWork() throws Exception {
        assertThat(server.get(admin, "/readyz/etcd").body()).isEqualTo("ok");
        assertThat(server.get(admin, "/readyz/nothing").statusCode()).isEqualTo(404);
        assertThat(server.get(admin, "/livez?verbose&exclude=etcd&exclude=foo").body())
                .contains("[+]etcd excluded: ok\n")
                .contains("no matches for \"foo\"");
    }

    @Test
    void refusalsReadAsUpstreams() throws Exception {
        var answer = server.get(jane, "/api/v1/namespaces/default/pods");
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body())
                .contains("\"message\":\"pods is forbidden: User \\\"jane\\\" cannot list resource \\\"pods\\\" in API"
                        + " group \\\"\\\" in the namespace \\\"default\\\"\"")
                .contains("\"details\":{\"kind\":\"pods\"}");
        assertThat(server.get(jane, "/apis/apps/v1/deployments").body())
                .contains("deployments.apps is forbidden: User \\\"jane\\\" cannot list resource"
                        + " \\\"deployments\\\" in API group \\\"apps\\\" at the cluster scope");
        assertThat(server.get(jane, "/api/v1/namespaces/x/pods/p/log").body())
                .contains("pods \\\"p\\\" is forbidden: User \\\"jane\\\" cannot get resource \\\"pods/log\\\"");
    }

    @Test
    void badCredentialsAre401() throws Exception {
        for (var token : List.of("nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30.")) {
            var answer = nobody.send(
                    server.request("/api")
                            .header("Authorization", "Bearer " + token)
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).contains("\"reason\":\"Unauthorized\"").contains("\"message\":\"Unauthorized\"");
        }
        var stranger = new TestCertificates();
        try (var forged = HttpClient.newBuilder()
                .sslContext(new TestCertificates.Trusting(server.certificates, stranger)
                        .context(stranger.client("CN=admin,O=system:masters")))
                .build()) {
            assertThat(server.get(forged, "/api").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void bindingsGrantAndTheirDeletionRevokes() throws Exception {
        var rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/team/";
        assertThat(server.post(admin, rbac + "roles", """
            {"metadata":{"name":"reader"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["configmaps"],
            "resourceNames":["settings"]}]}\
            """).statusCode()).isEqualTo(201);
        server.post(admin, rbac + "rolebindings", """
            {"metadata":{"name":"readers","namespace":"team"},"roleRef":{"kind":"Role","name":"reader"},
            "subjects":[{"kind":"Group","name":"dev"}]}\
            """);
        server.post(admin, "/api/v1/namespaces/team/configmaps", "{\"metadata\":{\"name\":\"settings\"}}");
        var settings = "/api/v1/namespaces/team/configmaps/settings";
        Eventually.is(() -> server.get(jane, settings).statusCode(), status -> status == 200);
        assertThat(server.get(jane, "/api/v1/namespaces/team/configmaps/other").statusCode())
                .isEqualTo(403);
        assertThat(server.get(jane, "/api/v1/namespaces/other/configmaps/settings")
                        .statusCode())
                .isEqualTo(403);
        var key = "/registry/rbac.authorization.k8s.io/rolebindings/team/readers";
        server.store.write(new dev.navarch.storage.Write.Delete(
                key, server.store.get(key).orElseThrow().revision()));
        Eventually.is(() -> server.get(jane, settings).statusCode(), status -> status == 403);
    }

    @Test
    void aTokenIsItsAccountUntilThePodOrTheAccountIsGone() throws Exception {
        server.api.put("", "serviceaccounts", "ns", "{\"metadata\":{\"name\":\"robot\",\"uid\":\"sa-1\"}}");
        server.api.put("", "pods", "ns", """
            {"metadata":{"name":"web","uid":"pod-1"},"spec":{"serviceAccountName":"robot","nodeName":"n1"}}\
            """);
        server.api.put("", "nodes", "", "{\"metadata\":{\"name\":\"n1\",\"uid\":\"node-1\"}}");
        var request = """
            {"spec":{"audiences":[],"expirationSeconds":900,
            "boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"web","uid":"pod-1"}}}\
            """;
        var path = "/api/v1/namespaces/ns/serviceaccounts/robot/token";
        var answer = json.readTree(server.post(admin, path, request).body());
        var token = answer.path("status").path("token").asString();
        assertThat(answer.path("status").path("expirationTimestamp").asString()).endsWith("Z");

        var self = json.readTree(nobody.send(
                        server.request("/apis/authentication.k8s.io/v1/selfsubjectreviews")
                                .header("Authorization", "Bearer " + token)
                                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                .build(),
                        BodyHandlers.ofString())
                .body());
        var info = self.path("status").path("userInfo");
        assertThat(info.path("username").asString()).isEqualTo("system:serviceaccount:ns:robot");
        assertThat(info.path("uid").asString()).isEqualTo("sa-1");
        assertThat(strings(info.path("groups")))
                .containsExactly("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated");
        assertThat(strings(info.path("extra").path("authentication.kubernetes.io/pod-name")))
                .containsExactly("web");
        assertThat(strings(info.path("extra").path("authentication.kubernetes.io/node-uid")))
                .containsExactly("node-1");

        assertThat(review(token).path("status").path("authenticated").asBoolean())
                .isTrue();
        var second = json.readTree(server.post(admin, path, request).body())
                .path("status")
                .path("token")
                .asString();
        var key = "/registry/core/pods/ns/web";
        server.store.write(new dev.navarch.storage.Write.Delete(
                key, server.store.get(key).orElseThrow().revision()));
        assertThat(review(second).path("status").path("error").asString()).contains("pod ns/web is not found");
    }

    private static JsonNode review(String token) throws Exception {
        return json.readTree(server.post(
                        admin,
                        "/apis/authentication.k8s.io/v1/tokenreviews",
                        "{\"spec\":{\"token\":\"" + token + "\"}}")
                .body());
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void tokenRequestsAreValidated() throws Exception {
        server.api.put("", "serviceaccounts", "ns", "{\"metadata\":{\"name\":\"other\",\"uid\":\"sa-2\"}}");
        var path = "/api/v1/namespaces/ns/serviceaccounts/other/token";
        assertThat(server.post(admin, path, "{\"spec\":{\"expirationSeconds\":10}}")
                        .body())
                .contains("may not specify a duration less than 10 minutes");
        assertThat(server.post(admin, path.replace("other", "none"), "{\"spec\":{}}")
                        .statusCode())
                .isEqualTo(404);
        server.api.put("", "pods", "ns", """
            {"metadata":{"name":"mine","uid":"pod-2"},"spec":{"serviceAccountName":"third"}}\
            """);
        assertThat(server.post(admin, path, "{\"spec\":{\"boundObjectRef\":{\"kind\":\"Pod\",\"name\":\"mine\"}}}")
                        .body())
                .contains("cannot bind token for serviceaccount \\\"other\\\" to pod running with different");
    }

    @Test
    void canIAndWhatCanI() throws Exception {
        var path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        var body =
                "{\"spec\":{\"resourceAttributes\":{\"namespace\":\"x\",\"verb\":\"create\",\"resource\":\"pods\"}}}";
        assertThat(server.post(jane, path, body).body()).contains("\"allowed\":false");
        assertThat(server.post(admin, path, body).body()).contains("\"allowed\":true");
        assertThat(server.post(jane, path, "{\"spec\":{}}").statusCode()).isEqualTo(422);
        assertThat(server.post(
                                admin,
                                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                                "{\"spec\":{\"user\":\"system:kube-scheduler\",\"resourceAttributes\":{"
                                        + "\"namespace\":\"x\",\"verb\":\"create\",\"resource\":\"pods\","
                                        + "\"subresource\":\"binding\"}}}")
                        .body())
                .contains("\"allowed\":true")
                .contains("RBAC: allowed by ClusterRoleBinding \\\"system:kube-scheduler\\\" of ClusterRole"
                        + " \\\"system:kube-scheduler\\\" to User \\\"system:kube-scheduler\\\"");
        assertThat(server.post(
                                jane,
                                "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                                "{\"spec\":{\"namespace\":\"x\"}}")
                        .body())
                .contains("selfsubjectaccessreviews")
                .contains("\"incomplete\":false");
    }

    @Test
    void aggregatedRolesHoldWhatTheirPartsHold() throws Exception {
        server.post(admin, "/apis/rbac.authorization.k8s.io/v1/namespaces/agg/rolebindings", """
            {"metadata":{"name":"admins","namespace":"agg"},"roleRef":{"kind":"ClusterRole","name":"admin"},
            "subjects":[{"kind":"User","name":"boss"}]}\
            """);
        var path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        for (var resource : List.of("pods", "secrets", "rolebindings")) {
            var group = resource.equals("rolebindings") ? "rbac.authorization.k8s.io" : "";
            var body = "{\"spec\":{\"user\":\"boss\",\"resourceAttributes\":{\"namespace\":\"agg\",\"verb\":\"list\","
                    + "\"group\":\"" + group + "\",\"resource\":\"" + resource + "\"}}}";
            Eventually.is(() -> server.post(admin, path, body).body(), answer -> answer.contains("\"allowed\":true"));
        }
    }

    @Test
    void impersonationNeedsTheRightAndThenHoldsForEverything() throws Exception {
        var path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        var asBob = server.request(path)
                .header("Impersonate-User", "bob")
                .header("Impersonate-Group", "ops")
                .header("Impersonate-Extra-Reason", "drill")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        var info = json.readTree(admin.send(asBob, BodyHandlers.ofString()).body())
                .path("status")
                .path("userInfo");
        assertThat(info.path("username").asString()).isEqualTo("bob");
        assertThat(strings(info.path("groups"))).containsExactly("ops", "system:authenticated");
        assertThat(strings(info.path("extra").path("reason"))).containsExactly("drill");
        var refused = jane.send(asBob, BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body())
                .contains("selfsubjectreviews.authentication.k8s.io is forbidden: User \\\"jane\\\" cannot"
                        + " impersonate-on:user-info:create resource \\\"selfsubjectreviews\\\"");
        assertThat(admin.send(
                                server.request("/api/v1/nodes/x")
                                        .header("Impersonate-User", "bob")
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void othersCanVerifyTokens() throws Exception {
        var configuration = json.readTree(
                server.get(admin, "/.well-known/openid-configuration").body());
        assertThat(configuration.path("issuer").asString()).isEqualTo(ApiServerConfig.DEFAULT_ISSUER);
        var keys = json.readTree(server.get(admin, "/openid/v1/jwks").body()).path("keys");
        assertThat(keys.get(0).path("kty").asString()).isEqualTo("EC");
        assertThat(keys.get(0).has("d")).isFalse();
    }

    @Test
    void theLocalEntranceAuthorizesToo() throws Exception {
        var path = "/api/v1/namespaces/default/pods/none";
        for (var groups : List.of(List.of(User.MASTERS), List.<String>of())) {
            var answer = server.server
                    .local()
                    .handle(new ApiRequest(
                            "GET",
                            path,
                            Query.EMPTY,
                            Headers.EMPTY,
                            ApiRequest.NO_BODY,
                            new User("component", groups),
                            RequestInfoParser.parse("GET", path, Query.EMPTY),
                            "id"));
            assertThat(answer.status()).isEqualTo(groups.isEmpty() ? 403 : 404);
            assertThat(new String(((ApiResponse.Whole) answer).parts().toByteArray(), StandardCharsets.UTF_8))
                    .contains("\"kind\":\"Status\"");
        }
    }
}
