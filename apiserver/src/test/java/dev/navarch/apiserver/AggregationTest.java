package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Write;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** APIServices on a running server, with another server behind some of them. */
@Timeout(180)
class AggregationTest {
    private static final String SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
    private static final String GROUP = "wardle.example.com";
    private static final String ROOT = "/apis/" + GROUP + "/v1alpha1";
    private static final String FLUNDERS = ROOT + "/namespaces/default/flunders";
    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private static final JsonMapper json = new JsonMapper();

    private static TestCertificates proxies;
    private static TestServer server;
    private static HttpClient admin;
    private ExtensionStub extension;

    @BeforeAll
    static void start() throws Exception {
        proxies = new TestCertificates();
        var identity = proxies.client("CN=front-proxy-client");
        server = new TestServer(config -> config.frontProxy(new FrontProxy(
                List.of(proxies.authorityCertificate()), List.of("front-proxy-client"), () -> identity)));
        admin = server.client("CN=admin,O=system:masters");
    }

    @AfterAll
    static void stop() {
        admin.shutdownNow();
        server.close();
    }

    @BeforeEach
    void extension() throws Exception {
        extension = new ExtensionStub("api.default.svc", proxies.authorityCertificate());
        extension.onJson(ROOT, """
            {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.com/v1alpha1","resources":[
            {"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["get","list"]},
            {"name":"flunders/status","singularName":"","namespaced":true,"kind":"Flunder","verbs":["get"]}]}""");
    }

    @AfterEach
    void clear() throws Exception {
        delete(SERVICES + "/v1alpha1." + GROUP);
        delete("/api/v1/namespaces/default/services/api");
        delete("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/api-1");
        extension.close();
    }

    private static HttpResponse<String> delete(String path) throws Exception {
        return admin.send(server.request(path).DELETE().build(), BodyHandlers.ofString());
    }

    private static JsonNode get(String path) throws Exception {
        return json.readTree(server.get(admin, path).body());
    }

    private static void post(String path, String body) throws Exception {
        var answer = server.post(admin, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private void register() throws Exception {
        post(SERVICES, """
            {"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"v1alpha1.%s"},"spec":{
            "group":"%s","version":"v1alpha1","groupPriorityMinimum":2000,"versionPriority":200,"caBundle":"%s",
            "service":{"namespace":"default","name":"api"}}}""".formatted(GROUP, GROUP, extension.caBundle()));
    }

    private void service() throws Exception {
        post("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"api"},"spec":{"ports":[{"name":"https","port":443}]}}\
            """);
    }

    private void endpoints() throws Exception {
        post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", """
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"api-1","labels":{
            "kubernetes.io/service-name":"api"}},"addressType":"IPv4","endpoints":[{"addresses":["%s"]}],
            "ports":[{"name":"https","port":%d,"protocol":"TCP"}]}""".formatted(
                        ExtensionStub.address().getHostAddress(), extension.port()));
    }

    private static JsonNode condition(String name) throws Exception {
        return get(SERVICES + "/" + name).path("status").path("conditions").path(0);
    }

    private static JsonNode awaitReason(String reason) throws Exception {
        return Eventually.is(
                () -> condition("v1alpha1." + GROUP),
                c -> c.path("reason").asString("").equals(reason));
    }

    private void serve() throws Exception {
        service();
        endpoints();
        register();
        awaitReason("Passed");
        Eventually.is(
                () -> server.get(admin, FLUNDERS).statusCode(), status -> status != 503); // the condition is followed
    }

    @Test
    void whatIsServedHereIsRegistered() throws Exception {
        var apps = get(SERVICES + "/v1.apps");
        assertThat(apps.at("/metadata/labels")
                        .path("kube-aggregator.kubernetes.io/automanaged")
                        .asString())
                .isEqualTo("onstart");
        assertThat(apps.at("/spec/groupPriorityMinimum").asInt()).isEqualTo(17_800);
        assertThat(apps.at("/spec/versionPriority").asInt()).isEqualTo(15);
        assertThat(condition("v1.").path("reason").asString()).isEqualTo("Local");
        assertThat(condition("v1.").path("message").asString()).isEqualTo("Local APIServices are always available");
        assertThat(server.get(admin, SERVICES + "/v1.apiregistration.k8s.io").statusCode())
                .isEqualTo(404);
        var uid = apps.at("/metadata/uid").asString();
        assertThat(delete(SERVICES + "/v1.apps").statusCode()).isEqualTo(200);
        Eventually.is(
                () -> get(SERVICES + "/v1.apps").at("/metadata/uid").asString(""),
                now -> !now.isEmpty() && !now.equals(uid));
    }

    @Test
    void customResourcesAreRegisteredAsLongAsTheyAreServed() throws Exception {
        var definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        post(definitions, """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{
            "name":"crabs.sea.example.com"},"spec":{"group":"sea.example.com","scope":"Namespaced","names":{
            "plural":"crabs","singular":"crab","kind":"Crab","listKind":"CrabList"},"versions":[{"name":"v1",
            "served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}""");
        var name = "v1.sea.example.com";
        var made = Eventually.is(
                () -> get(SERVICES + "/" + name),
                s -> s.path("kind").asString("").equals("APIService"));
        assertThat(made.at("/metadata/labels")
                        .path("kube-aggregator.kubernetes.io/automanaged")
                        .asString())
                .isEqualTo("true");
        assertThat(made.at("/spec/groupPriorityMinimum").asInt()).isEqualTo(1000);
        delete(SERVICES + "/" + name);
        Eventually.is(() -> server.get(admin, SERVICES + "/" + name).statusCode(), code -> code == 200);
        delete(definitions + "/crabs.sea.example.com");
        Eventually.is(() -> server.get(admin, SERVICES + "/" + name).statusCode(), code -> code == 404);
    }

    @Test
    void theConditionSaysWhatIsMissing() throws Exception {
        register();
        assertThat(awaitReason("ServiceNotFound").path("message").asString())
                .isEqualTo("service/api in \"default\" is not present");
        var refused = server.get(admin, FLUNDERS);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).isEqualTo("service unavailable\n");
        post("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"api"},"spec":{"ports":[{"name":"x","port":8443}]}}\
            """);
        assertThat(awaitReason("ServicePortError").path("message").asString())
                .isEqualTo("service/api in \"default\" is not listening on port 443");
        delete("/api/v1/namespaces/default/services/api");
        service();
        assertThat(awaitReason("EndpointsNotFound").path("message").asString())
                .isEqualTo("cannot find endpointslices for service/api in \"default\"");
        extension.on(ROOT, exchange -> exchange.sendResponseHeaders(403, -1));
        endpoints();
        assertThat(awaitReason("FailedDiscoveryCheck").path("message").asString())
                .startsWith("failing or missing response from https://")
                .endsWith(ROOT + ": 403");
        extension.onJson(ROOT, "{\"kind\":\"APIResourceList\",\"resources\":[]}");
        nudge();
        assertThat(awaitReason("Passed").path("status").asString()).isEqualTo("True");
        extension.close();
        nudge();
        Eventually.is( // at first a connection that was open may break
                () -> condition("v1alpha1." + GROUP).path("message").asString(""),
                message -> message.contains("connect: connection refused"));
        var metrics = Eventually.is(
                () -> server.get(admin, "/metrics").body(), // which go by what was stored, once that was heard of
                page -> page.contains("aggregator_unavailable_apiservice{name=\"v1alpha1.wardle.example.com\"} 1"));
        assertThat(metrics).contains("aggregator_unavailable_apiservice{name=\"v1.apps\"} 0");
    }

    /** Has the server look at once, instead of after a while. */
    private static void nudge() throws Exception {
        post("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"nudge"},"spec":{"ports":[{"port":1}]}}""");
        delete("/api/v1/namespaces/default/services/nudge");
    }

    @Test
    void requestsGoOnInTheNameOfTheirUser() throws Exception {
        extension.onJson(FLUNDERS, "{\"kind\":\"FlunderList\",\"items\":[]}");
        serve();
        var answer = admin.send(
                server.request(FLUNDERS + "?limit=5&labelSelector=a%3Db")
                        .header("X-Remote-User", "root")
                        .header("X-Remote-Group", "system:masters")
                        .header("x-remote-extra-scopes", "all")
                        .header("X_Remote_User", "root")
                        .header("Authorization", "Bearer secret")
                        .header("X-Custom", "kept")
                        .POST(BodyPublishers.ofString("{\"kind\":\"Flunder\"}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"kind\":\"FlunderList\",\"items\":[]}");
        var asked = extension.last(FLUNDERS + "?limit=5&labelSelector=a%3Db");
        assertThat(asked).isNotNull();
        assertThat(asked.method()).isEqualTo("POST");
        assertThat(asked.body()).isEqualTo("{\"kind\":\"Flunder\"}");
        assertThat(asked.proxy()).isEqualTo("CN=front-proxy-client");
        assertThat(asked.header("X-remote-user")).containsExactly("admin");
        assertThat(answer.headers().allValues("Audit-Id")).isEqualTo(asked.header("Audit-id"));
        assertThat(asked.header("X-remote-group")).containsExactly("system:masters", "system:authenticated");
        assertThat(asked.header("X-remote-extra-authentication.kubernetes.io%2fcredential-id"))
                .hasSize(1);
        assertThat(asked.headers().keySet())
                .contains("X-custom")
                .doesNotContain("Authorization", "X_remote_user", "X-remote-extra-scopes");
    }

    @Test
    void whoMayNotIsRefusedHere() throws Exception {
        serve();
        int before = extension.asked.size();
        try (var someone = server.client("CN=someone")) {
            assertThat(server.get(someone, FLUNDERS).statusCode()).isEqualTo(403);
        }
        assertThat(extension.asked.subList(before, extension.asked.size()))
                .noneMatch(a -> a.path().equals(FLUNDERS));
    }

    @Test
    void noRedirectIsFollowedOrPassedOn() throws Exception {
        extension.on(FLUNDERS, exchange -> {
            exchange.getResponseHeaders().add("Location", "https://127.0.0.1:1/metadata");
            exchange.sendResponseHeaders(302, -1);
        });
        serve();
        var answer = server.get(admin, FLUNDERS);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).isEqualTo("the backend attempted to redirect this request, which is not permitted\n");
        assertThat(answer.headers().firstValue("Location")).isEmpty();
    }

    @Test
    void aNameThatLeadsToThisMachineIsNotConnectedTo() throws Exception {
        post("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"api"},"spec":{"type":"ExternalName",
            "externalName":"localhost"}}""");
        register();
        assertThat(awaitReason("FailedDiscoveryCheck").path("message").asString())
                .isEqualTo("address not allowed");
    }

    @Test
    void endpointsOfThisMachineAreRefusedHoweverTheyCameThere() throws Exception {
        var slice = """
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"api-1","namespace":"default",
            "labels":{"kubernetes.io/service-name":"api"}},"addressType":"IPv4","endpoints":[{"addresses":["%s"]}],
            "ports":[{"name":"https","port":443,"protocol":"TCP"}]}""";
        for (var address : List.of("127.0.0.1", "169.254.169.254")) {
            var refused = server.post(
                    admin, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice.formatted(address));
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        }
        service();
        var key = "/registry/discovery.k8s.io/endpointslices/default/api-1";
        server.store.write(new Write.Create(
                key, new Draft(slice.formatted("127.0.0.1").getBytes(StandardCharsets.UTF_8), -1, Optional.empty())));
        register();
        assertThat(awaitReason("FailedDiscoveryCheck").path("message").asString())
                .isEqualTo("address not allowed");
    }

    @Test
    void anotherCertificateThanTheServicesIsRefused() throws Exception {
        extension.close();
        extension = new ExtensionStub("other.default.svc", proxies.authorityCertificate());
        extension.onJson(ROOT, "{\"kind\":\"APIResourceList\",\"resources\":[]}");
        extension.onJson(FLUNDERS, "{}");
        service();
        endpoints();
        register();
        awaitReason("Passed"); // the check does not judge certificates, as upstream
        var refused =
                Eventually.is(() -> server.get(admin, FLUNDERS), a -> !a.body().equals("service unavailable\n"));
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body())
                .isEqualTo("error trying to reach service: tls: failed to verify certificate: x509: certificate is"
                        + " valid for other.default.svc, not api.default.svc\n");
        assertThat(extension.last(FLUNDERS)).isNull();
    }

    @Test
    void aWatchIsPassedOnAsItHappens() throws Exception {
        var more = new CountDownLatch(1);
        extension.on(FLUNDERS, exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            var out = exchange.getResponseBody();
            out.write("{\"type\":\"ADDED\",\"object\":{}}\n{\"type\":\"MODI".getBytes(StandardCharsets.UTF_8));
            out.flush();
            if (exchange.getRequestURI().getQuery() != null) { // what asks whether it is served yet is no watch
                try {
                    more.await();
                } catch (InterruptedException e) {
                    throw new java.io.IOException(e);
                }
            }
            out.write("FIED\",\"object\":{}}\n".getBytes(StandardCharsets.UTF_8));
        });
        serve();
        var watch = admin.send(server.request(FLUNDERS + "?watch=true").build(), BodyHandlers.ofInputStream());
        var events = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8));
        assertThat(events.readLine()).isEqualTo("{\"type\":\"ADDED\",\"object\":{}}");
        more.countDown();
        assertThat(events.readLine()).isEqualTo("{\"type\":\"MODIFIED\",\"object\":{}}");
        assertThat(events.readLine()).isNull();
    }

    @Test
    void discoveryShowsItInItsPlaceAndStaleWhenItIsGone() throws Exception {
        extension.onJson("/openapi/v3", """
            {"paths":{"%s":{"serverRelativeURL":"/openapi/v3%s?hash=ABC"},"apis/other/v1":{
            "serverRelativeURL":"/openapi/v3/apis/other/v1?hash=D"}}}""".formatted(ROOT.substring(1), ROOT));
        extension.onJson("/openapi/v3" + ROOT, "{\"openapi\":\"3.0.0\"}");
        extension.onJson("/openapi/v2", """
            {"swagger":"2.0","paths":{"%s/":{"get":{"responses":{"200":{"schema":{"$ref":"#/definitions/x.Flunder"}}}}},
            "/api/v1/":{}},"definitions":{"x.Flunder":{"type":"object","properties":{"a":{"$ref":
            "#/definitions/io.k8s.api.core.v1.Pod"}}},"io.k8s.api.core.v1.Pod":{"type":"string"}}}""".formatted(ROOT));
        serve();
        var served = Eventually.is(
                AggregationTest::described,
                d -> d.path("freshness").asString("").equals("Current"));
        assertThat(served.at("/resources/0/resource").asString()).isEqualTo("flunders");
        assertThat(served.at("/resources/0/subresources/0/subresource").asString())
                .isEqualTo("status");
        var groups = get("/apis")
                .path("groups")
                .valueStream()
                .map(g -> g.path("name").asString())
                .toList();
        assertThat(groups)
                .startsWith("apiregistration.k8s.io", "apps")
                .containsSubsequence("batch", GROUP, "metrics.k8s.io");
        assertThat(get("/apis/" + GROUP).at("/preferredVersion/version").asString())
                .isEqualTo("v1alpha1");
        assertThat(get(ROOT).path("kind").asString()).isEqualTo("APIResourceList");

        patch("{\"spec\":{\"groupPriorityMinimum\":19000}}");
        Eventually.is(() -> get("/apis").path("groups").path(1).path("name").asString(""), GROUP::equals);

        var index = get("/openapi/v3").path("paths");
        assertThat(index.path(ROOT.substring(1)).path("serverRelativeURL").asString())
                .isEqualTo("/openapi/v3" + ROOT + "?hash=ABC");
        assertThat(index.has("apis/other/v1")).isFalse();
        assertThat(server.get(admin, "/openapi/v3" + ROOT + "?hash=ABC").body()).isEqualTo("{\"openapi\":\"3.0.0\"}");
        var openApi = get("/openapi/v2");
        assertThat(openApi.path("paths").has(ROOT + "/")).isTrue();
        assertThat(openApi.path("paths").path("/api/v1/").isEmpty()).isFalse();
        assertThat(openApi.at("/definitions/x.Flunder/properties/a/$ref").asString())
                .isEqualTo("#/definitions/io.k8s.api.core.v1.Pod_v2");
        assertThat(openApi.at("/definitions/io.k8s.api.core.v1.Pod/type").asString())
                .isEqualTo("object");

        delete("/api/v1/namespaces/default/services/api");
        var stale = Eventually.is(
                AggregationTest::described,
                d -> d.path("freshness").asString("").equals("Stale"));
        assertThat(stale.at("/resources/0/resource").asString()).isEqualTo("flunders");
        delete(SERVICES + "/v1alpha1." + GROUP);
        Eventually.is(AggregationTest::described, JsonNode::isMissingNode);
        assertThat(server.get(admin, FLUNDERS).statusCode()).isEqualTo(404);
    }

    private static void patch(String change) throws Exception {
        var answer = admin.send(
                server.request(SERVICES + "/v1alpha1." + GROUP)
                        .header("Content-Type", "application/merge-patch+json")
                        .method("PATCH", BodyPublishers.ofString(change))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private static JsonNode described() throws Exception {
        var all = json.readTree(
                admin.send(server.request("/apis").header("Accept", AGGREGATED).build(), BodyHandlers.ofString())
                        .body());
        return all.path("items")
                .valueStream()
                .filter(g -> g.at("/metadata/name").asString("").equals(GROUP))
                .findFirst()
                .map(g -> g.at("/versions/0"))
                .orElse(tools.jackson.databind.node.MissingNode.getInstance());
    }

    @Test
    void otherServersFindOutWhomToTrust() throws Exception {
        var facts = get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication")
                .path("data");
        assertThat(facts.path("requestheader-username-headers").asString()).isEqualTo("[\"X-Remote-User\"]");
        assertThat(facts.path("requestheader-extra-headers-prefix").asString()).isEqualTo("[\"X-Remote-Extra-\"]");
        assertThat(facts.path("requestheader-allowed-names").asString()).isEqualTo("[\"front-proxy-client\"]");
        assertThat(facts.path("client-ca-file").asString()).startsWith("-----BEGIN CERTIFICATE-----\n");
        assertThat(facts.path("requestheader-client-ca-file").asString())
                .startsWith("-----BEGIN CERTIFICATE-----\n")
                .isNotEqualTo(facts.path("client-ca-file").asString());
        assertThat(server.get(
                                admin,
                                "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void onlyAFrontProxySaysWhoAsks() throws Exception {
        var question = "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}";
        var path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        var asJane = server.request(path)
                .header("Content-Type", "application/json")
                .header("X-Remote-User", "jane")
                .header("X-Remote-Group", "system:masters")
                .header("X-Remote-Extra-Acme%2FRole", "x")
                .POST(BodyPublishers.ofString(question))
                .build();
        try (var proxy = with(proxies.client("CN=front-proxy-client"));
                var other = with(proxies.client("CN=somebody"));
                var client = server.client("CN=bob")) {
            var answer =
                    json.readTree(proxy.send(asJane, BodyHandlers.ofString()).body());
            assertThat(answer.at("/status/userInfo/username").asString()).isEqualTo("jane");
            assertThat(answer.at("/status/userInfo/extra")
                            .path("acme/role")
                            .path(0)
                            .asString())
                    .isEqualTo("x");
            assertThat(other.send(asJane, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
            assertThat(json.readTree(
                                    client.send(asJane, BodyHandlers.ofString()).body())
                            .at("/status/userInfo/username")
                            .asString())
                    .isEqualTo("bob");
        }
    }

    private static HttpClient with(TlsMaterial identity) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(server.certificates.clientContext(identity))
                .build();
    }
}
