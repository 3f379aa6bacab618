package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Http;
import dev.navarch.conformance.SampleServer;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.ServiceLoader;
import tools.jackson.databind.JsonNode;

/**
 * Upstream {@code test/e2e/apimachinery/aggregator.go}. Upstream's server is an image of sample-apiserver 1.17 that runs in
 * a deployment, with etcd beside it; here it is our own sample of the same group, which runs beside the tests, behind a
 * service without a selector. It asks the cluster in the name of an account of its own, as upstream's does.
 */
class AggregatorBehaviours {
    private static final String GROUP = "wardle.example.com";
    private static final String NAME = "v1alpha1." + GROUP;
    private static final String SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
    private static final String MERGE = "application/merge-patch+json";
    private static final ResourceDefinitionContext FLUNDERS = new ResourceDefinitionContext.Builder()
            .withGroup(GROUP)
            .withVersion("v1alpha1")
            .withKind("Flunder")
            .withPlural("flunders")
            .withNamespaced(true)
            .build();

    @Behaviour("[sig-api-machinery] Aggregator Should be able to support the 1.17 Sample API Server using the current"
            + " Aggregator [LinuxOnly] [Conformance]")
    void anotherServersKindsAreServed(Scenario scenario) throws Exception {
        var server = ServiceLoader.load(SampleServer.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no sample server to try"));
        scenario.afterwards(() -> close(server));
        server.start(account(scenario), "sample-api." + scenario.namespace() + ".svc");
        register(scenario, server);
        var http = scenario.http();
        var flunders = "/apis/" + GROUP + "/v1alpha1/namespaces/" + scenario.namespace() + "/flunders";
        scenario.eventually("flunders are served", () -> http.get(flunders).status() == 200);

        byRequests(http, flunders);
        byTheDynamicClient(scenario);
        discovered(http);
        statusIsRead(http);
        changes(scenario, http);
    }

    private static void close(SampleServer server) {
        try {
            server.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The server's own account, as a kubeconfig file. */
    private static Path account(Scenario scenario) {
        var namespace = scenario.namespace();
        scenario.create(ServiceAccount.class, """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: sample-apiserver}
            """);
        bind(scenario, """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"%s"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"system:auth-delegator"},
            "subjects":[{"kind":"ServiceAccount","name":"sample-apiserver","namespace":"%s"}]}""", "clusterrolebindings");
        bind(scenario, """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"%s"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role",
            "name":"extension-apiserver-authentication-reader"},
            "subjects":[{"kind":"ServiceAccount","name":"sample-apiserver","namespace":"%s"}]}""", "namespaces/kube-system/rolebindings");
        var token = scenario.client()
                .serviceAccounts()
                .inNamespace(namespace)
                .withName("sample-apiserver")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        var config = scenario.client().getConfiguration();
        try {
            var file = Files.createTempFile("sample-apiserver", ".kubeconfig");
            scenario.afterwards(() -> file.toFile().delete());
            return Files.writeString(
                    file, """
                apiVersion: v1
                kind: Config
                current-context: sample
                contexts: [{name: sample, context: {cluster: main, user: server}}]
                clusters: [{name: main, cluster: {server: "%s", certificate-authority-data: "%s"}}]
                users: [{name: server, user: {token: "%s"}}]
                """.formatted(config.getMasterUrl().replaceAll("/$", ""), config.getCaCertData(), token));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void bind(Scenario scenario, String binding, String where) {
        var path = "/apis/rbac.authorization.k8s.io/v1/" + where;
        var name = scenario.unique("wardler");
        scenario.http()
                .post(path, binding.formatted(name, scenario.namespace()))
                .ok();
        scenario.afterwards(() -> scenario.http().delete(path + "/" + name));
    }

    private static void register(Scenario scenario, SampleServer server) {
        var http = scenario.http();
        var namespace = scenario.namespace();
        http.post("/api/v1/namespaces/" + namespace + "/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"sample-api"},
            "spec":{"ports":[{"name":"https","protocol":"TCP","port":7443}]}}""").ok();
        http.post("/apis/discovery.k8s.io/v1/namespaces/" + namespace + "/endpointslices", """
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4","metadata":{
            "name":"sample-api-1","labels":{"kubernetes.io/service-name":"sample-api"}},
            "endpoints":[{"addresses":["%s"]}],"ports":[{"name":"https","protocol":"TCP","port":%d}]}""".formatted(
                                server.address().getAddress().getHostAddress(),
                                server.address().getPort()))
                .ok();
        http.post(SERVICES, """
            {"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","metadata":{"name":"%s"},"spec":{
            "service":{"namespace":"%s","name":"sample-api","port":7443},"group":"%s","version":"v1alpha1",
            "caBundle":"%s","groupPriorityMinimum":2000,"versionPriority":200}}""".formatted(
                        NAME,
                        namespace,
                        GROUP,
                        Base64.getEncoder().encodeToString(server.authority().getBytes(StandardCharsets.US_ASCII))))
                .ok();
        scenario.afterwards(() -> http.delete(SERVICES + "/" + NAME));
    }

    private static void byRequests(Http http, String flunders) {
        var created = http.post(flunders, """
            {"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"rest-flunder",
            "labels":{"sample-label":"true"}}}""");
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        assertThat(http.get(flunders).ok().json().path("items")).hasSize(1);
        http.delete(flunders + "/rest-flunder").ok();
        assertThat(http.get(flunders).ok().json().path("items")).isEmpty();
    }

    private static void byTheDynamicClient(Scenario scenario) {
        var flunders = scenario.client().genericKubernetesResources(FLUNDERS).inNamespace(scenario.namespace());
        flunders.load(new java.io.ByteArrayInputStream("""
            {"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder","metadata":{"name":"dynamic-flunder"},"spec":{}}\
            """.getBytes(StandardCharsets.UTF_8)))
                .create();
        assertThat(flunders.list().getItems()).hasSize(1);
        flunders.withName("dynamic-flunder").delete();
        assertThat(flunders.list().getItems()).isEmpty();
    }

    private static void discovered(Http http) {
        var resources = http.get("/apis/" + GROUP + "/v1alpha1").ok().json().path("resources");
        assertThat(resources).anyMatch(r -> r.path("name").asString("").equals("flunders"));
        assertThat(http.get("/apis").ok().json().path("groups"))
                .anyMatch(g -> g.path("name").asString("").equals(GROUP));
    }

    private static void statusIsRead(Http http) {
        var status = http.get(SERVICES + "/" + NAME + "/status").ok().json();
        assertThat(status.path("spec").path("versionPriority").asInt()).isEqualTo(200);
        assertThat(condition(status, "Available").path("status").asString("")).isEqualTo("True");
    }

    private static JsonNode condition(JsonNode service, String type) {
        for (var condition : service.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals(type)) {
                return condition;
            }
        }
        return service.path("no such condition");
    }

    private static void changes(Scenario scenario, Http http) {
        var one = SERVICES + "/" + NAME;
        http.call("PATCH", one)
                .body(MERGE, "{\"spec\":{\"versionPriority\":400}}")
                .send()
                .ok();
        assertThat(http.get(SERVICES).ok().json().path("items"))
                .anyMatch(s -> s.path("metadata").path("name").asString("").equals(NAME)
                        && s.path("spec").path("versionPriority").asInt() == 400);

        var label = scenario.unique("e2e");
        http.call("PATCH", one)
                .body(MERGE, "{\"metadata\":{\"labels\":{\"" + label + "\":\"patched\"}}}")
                .send()
                .ok();
        assertThat(labelled(http, label, "patched")).hasSize(1);

        scenario.eventually("a condition of one's own is set", () -> {
            var now = http.get(one + "/status").ok().text();
            var conditions = "\"conditions\":[";
            return http.call("PUT", one + "/status")
                            .body(
                                    "application/json",
                                    now.replace(
                                            conditions,
                                            conditions + "{\"type\":\"StatusUpdated\",\"status\":\"True\",\"reason\":"
                                                    + "\"E2E\",\"message\":\"Set from e2e test\"},"))
                            .send()
                            .status()
                    == 200;
        });
        assertThat(condition(http.get(one + "/status").ok().json(), "StatusUpdated")
                        .path("message")
                        .asString(""))
                .isEqualTo("Set from e2e test");

        scenario.eventually("it is replaced", () -> {
            var now = http.get(one).ok().text();
            return http.call("PUT", one)
                            .body(
                                    "application/json",
                                    now.replace("\"" + label + "\":\"patched\"", "\"" + label + "\":\"updated\""))
                            .send()
                            .status()
                    == 200;
        });
        assertThat(labelled(http, label, "updated")).hasSize(1);
        http.delete(SERVICES + "?labelSelector=" + label + "%3Dupdated").ok();
        scenario.eventually(
                "the APIService is gone", () -> labelled(http, label, "updated").isEmpty());
        scenario.eventually(
                "its group is gone", () -> http.get("/apis/" + GROUP).status() == 404);
    }

    private static JsonNode labelled(Http http, String label, String value) {
        return http.get(SERVICES + "?labelSelector=" + label + "%3D" + value)
                .ok()
                .json()
                .path("items");
    }
}
