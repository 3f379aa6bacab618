package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Input that is malformed, hostile or too large gets a Status, and the next request works. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    @TempDir(cleanup = CleanupMode.NEVER)
    static Path home;

    private NavarchProcess navarch;
    private Kubectl kubectl;
    private Process proxy;
    private String base = "";
    // a client that offers h2c asks for an upgrade, which kubectl proxy then expects to happen
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    void start() throws Exception {
        navarch = NavarchProcess.start(home, "--runtime=simulated", "--port=" + TestMachine.freePort());
        kubectl = navarch.kubectl();
        int port = TestMachine.freePort();
        base = "http://127.0.0.1:" + port;
        proxy = kubectl.builder("proxy", "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("proxy.log").toFile())
                .start();
        Waiting.until("kubectl proxy", () -> get("/version").statusCode(), code -> code == 200);
    }

    @AfterAll
    void stop() throws Exception {
        if (proxy != null) {
            proxy.destroy();
        }
        if (navarch != null) {
            navarch.close();
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(base + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String type, String body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(get("/api/v1/namespaces/default").statusCode())
                .as("the next request")
                .isEqualTo(200);
        return answer;
    }

    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    private static void assertStatus(HttpResponse<String> answer, int code, String reason, String message) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code);
        assertThat(answer.body())
                .contains("\"kind\":\"Status\"")
                .contains("\"reason\":\"" + reason + "\"")
                .contains("\"code\":" + code)
                .contains(message);
    }

    @Test
    void malformedJsonAndYamlAreBadRequests() throws Exception {
        assertStatus(post(CONFIG_MAPS, "application/json", "{\"kind\": "), 400, "BadRequest", "unexpected");
        assertStatus(post(CONFIG_MAPS, "application/json", "[1,2]"), 400, "BadRequest", "");
        assertStatus(post(CONFIG_MAPS, "application/yaml", "a: [b\nc: }"), 400, "BadRequest", "yaml");
        assertStatus(
                post(CONFIG_MAPS, "text/html", "<html>"),
                415,
                "UnsupportedMediaType",
                "unknown format - accepted media types include: application/json");
    }

    @Test
    void wrongTypesAreNamed() throws Exception {
        assertStatus(
                post(
                        "/apis/apps/v1/namespaces/default/deployments",
                        "application/json",
                        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"replicas\":\"three\"}}"),
                400,
                "BadRequest",
                "cannot unmarshal string into Go struct field");
    }

    @Test
    void unknownFieldsAreRefusedWhereStrict() {
        var manifest = """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: strict}
                dada: {a: b}
                """;
        if (kubectl.minor() < 25) { // it validates by the OpenAPI document instead of asking the server to
            assertThat(kubectl.fails(manifest, "create", "-f", "-")).contains("unknown field \"dada\"");
            return;
        }
        assertThat(kubectl.fails(manifest, "create", "--validate=strict", "-f", "-"))
                .contains("unknown field \"dada\"");
        var warned = kubectl.run(manifest, "create", "--validate=warn", "-f", "-");
        assertThat(warned.code()).isZero();
        assertThat(warned.err()).contains("Warning: unknown field \"dada\"");
        kubectl.ok("delete", "configmap", "strict");
        kubectl.okWith(manifest, "create", "--validate=ignore", "-f", "-");
        kubectl.ok("delete", "configmap", "strict");
    }

    @Test
    void aBodyOfFiveMebibytesIsTooLarge() throws Exception {
        var body = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"big\"},\"data\":{\"a\":\""
                + "x".repeat(5 << 20) + "\"}}";
        assertStatus(post(CONFIG_MAPS, "application/json", body), 413, "RequestEntityTooLarge", "limit is 3145728");
    }

    @Test
    void deepNestingIsRefused() throws Exception {
        var deep = "[".repeat(100_000);
        var answer = post(CONFIG_MAPS, "application/json", "{\"metadata\":" + "{\"a\":".repeat(100_000));
        assertStatus(answer, 400, "BadRequest", "depth");
        assertStatus(post(CONFIG_MAPS, "application/yaml", "a: " + deep), 400, "BadRequest", "");
    }

    @Test
    void anAliasBombIsRefused() throws Exception {
        var bomb = new StringBuilder(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na: &a [x,x,x,x,x,x,x,x,x]\n");
        for (char c = 'b'; c <= 'j'; c++) {
            char before = (char) (c - 1);
            bomb.append(c)
                    .append(": &")
                    .append(c)
                    .append(" [")
                    .append(("*" + before + ",").repeat(8))
                    .append("*")
                    .append(before)
                    .append("]\n");
        }
        long before = resident();
        assertStatus(post(CONFIG_MAPS, "application/yaml", bomb.toString()), 400, "BadRequest", "");
        assertThat(resident() - before).as("growth in kB").isLessThan(300_000);
    }

    private long resident() throws Exception {
        return Long.parseLong(TestMachine.output(
                        "ps", "-o", "rss=", "-p", "" + navarch.process().pid())
                .strip());
    }

    @Test
    void badNamesAreInvalidWithTheirPath() throws Exception {
        assertThat(kubectl.fails("", "create", "configmap", "Not_A_Name"))
                .contains("ConfigMap \"Not_A_Name\" is invalid: metadata.name: Invalid value: \"Not_A_Name\"")
                .contains("a lowercase RFC 1123 subdomain must consist of");
        // asked directly, since the proxy of older versions tidies paths up
        assertThat(kubectl.fails("", "get", "--raw", "/api/v1/namespaces/..%2fkube-system/pods"))
                .contains("NotFound");
        assertThat(kubectl.fails("", "run", "x", "--image=")).contains("--image is required");
        assertThat(kubectl.fails("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: p}
                        spec: {containers: [{name: a}, {name: a, image: x, ports: [{containerPort: 70000}]}]}
                        """, "create", "-f", "-"))
                .contains("spec.containers[0].image: Required value")
                .contains("spec.containers[1].name: Duplicate value: \"a\"")
                .contains(
                        "spec.containers[1].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive");
    }
}
