package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.registry.TestApi.Answer;
import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The behaviours of kubernetes test/integration/apiserver/apply/apply_test.go. */
class ServerSideApplyTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private Answer apply(String path, String manager, String body, String... query) {
        var url = path + "?fieldManager=" + manager + String.join("", query);
        return api.send("PATCH", url, body, "Content-Type", "application/apply-patch+yaml");
    }

    private static String map(String name, String rest) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name + "\"}" + rest + "}";
    }

    private static final String DEPLOYMENT = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: d
          labels: {app: nginx}
        spec:
          replicas: 3
          selector: {matchLabels: {app: nginx}}
          template:
            metadata: {labels: {app: nginx}}
            spec:
              containers:
              - name: nginx
                image: nginx:latest
        """;

    /** "manager Operation subresource: fieldsV1" of each entry. */
    static List<String> managers(JsonNode object) {
        return Tree.objects(object, "metadata", "managedFields").stream()
                .map(e -> Tree.text(e, "manager") + " " + Tree.text(e, "operation")
                        + (e.has("subresource") ? " " + Tree.text(e, "subresource") : "") + ": " + e.get("fieldsV1"))
                .toList();
    }

    @Test
    void anApplyCreatesWhatIsAbsent() {
        var made = apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"v\"}")).expect(201);
        assertThat(managers(made.json())).containsExactly("m Apply: {\"f:data\":{\"f:k\":{}}}");
        assertThat(made.json().at("/metadata/managedFields/0").properties().stream()
                        .map(e -> e.getKey())
                        .toList())
                .containsExactly("manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1");
        assertThat(made.text("metadata", "managedFields")).contains("\"time\":\"2026-01-02T03:04:05Z\"");
        apply(MAPS + "/a", "m", map("a", ",\"data\":{\"k\":\"w\"}")).expect(200);
        assertThat(apply(MAPS + "/b/status", "m", map("b", "")).code()).isEqualTo(404);
    }

    @Test
    void createsAndUpdatesAreTracked() {
        var made = api.post(
                        MAPS + "?fieldManager=one",
                        map("a", ",\"data\":{\"k\":\"v\"}").replace("\"name\"", "\"labels\":{\"l\":\"1\"},\"name\""))
                .expect(201);
        assertThat(managers(made.json()))
                .containsExactly("one Update: {\"f:data\":{\".\":{},\"f:k\":{}},\"f:metadata\":{\"f:labels\":"
                        + "{\".\":{},\"f:l\":{}}}}");
        api.pass(Duration.ofSeconds(5));
        var patched = api.send(
                        "PATCH",
                        MAPS + "/a",
                        "{\"data\":{\"k\":\"w\"}}",
                        "Content-Type",
                        "application/merge-patch+json",
                        "User-Agent",
                        "two/v1.0 (linux/amd64)")
                .expect(200);
        assertThat(managers(patched.json()))
                .containsExactly(
                        "one Update: {\"f:data\":{},\"f:metadata\":{\"f:labels\":{\".\":{},\"f:l\":{}}}}",
                        "two Update: {\"f:data\":{\"f:k\":{}}}");
    }

    @Test
    void conflictsNameManagersAndFields() {
        api.post(DEPLOYMENTS + "?fieldManager=creator", yamlAsJson(DEPLOYMENT)).expect(201);
        var refused = apply(DEPLOYMENTS + "/d", "apply_test", DEPLOYMENT.replace("replicas: 3", "replicas: 5"))
                .expect(409);
        assertThat(refused.message())
                .isEqualTo("Apply failed with 1 conflict: conflict with \"creator\" using apps/v1: .spec.replicas");
        assertThat(refused.text("details", "causes"))
                .isEqualTo("[{\"reason\":\"FieldManagerConflict\",\"message\":\"conflict with \\\"creator\\\" using"
                        + " apps/v1\",\"field\":\".spec.replicas\"}]");
        var forced = apply(
                        DEPLOYMENTS + "/d",
                        "apply_test",
                        DEPLOYMENT.replace("replicas: 3", "replicas: 5"),
                        "&force=true")
                .expect(200);
        assertThat(forced.text("spec", "replicas")).isEqualTo("5");
        assertThat(managers(forced.json()).get(1)).doesNotContain("f:replicas");
    }

    private static String yamlAsJson(String yaml) {
        return new dev.navarch.api.ObjectDecoder()
                .decodeUntyped(yaml.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .tree()
                .toString();
    }
}
