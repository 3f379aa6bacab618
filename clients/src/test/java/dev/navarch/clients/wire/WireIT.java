package dev.navarch.clients.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.navarch.cli.Kubectl;
import dev.navarch.clients.SharedCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Watch lists, bookmarks, pages and media types of a custom kind, as controller-runtime asks for them. */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireIT {
    private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";
    private static final String KEGS = "/apis/wire.example.com/v1/namespaces/wire/kegs";
    private static final int MANY = 1_200;
    private static final int PAGE = 500;

    private final ObjectMapper json = new ObjectMapper();
    private Kubectl kubectl;
    private String server;
    private HttpClient http;

    @BeforeAll
    void define(Kubectl cluster) throws Exception {
        kubectl = cluster.in("wire");
        var config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
        server = config.getMasterUrl().replaceAll("/$", "");
        var tls = SSLContext.getInstance("TLS");
        tls.init(SSLUtils.keyManagers(config), SSLUtils.trustManagers(config), new SecureRandom());
        http = HttpClient.newBuilder().sslContext(tls).build();
        cluster.ok("create", "namespace", "wire");
        kubectl.apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: kegs.wire.example.com}
            spec:
              group: wire.example.com
              scope: Namespaced
              names: {plural: kegs, singular: keg, kind: Keg}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {litres: {type: integer}}}}}}
            """);
        kubectl.awaitEstablished("crd/kegs.wire.example.com");
        for (int i = 0; i < MANY; i++) {
            assertThat(send("POST", KEGS, keg("keg-%04d".formatted(i), i), "Content-Type", "application/json")
                            .statusCode())
                    .isEqualTo(201);
        }
    }

    @AfterAll
    void undefine() {
        kubectl.ok("delete", "crd", "kegs.wire.example.com");
        kubectl.ok("delete", "namespace", "wire", "--wait=false");
        http.close();
    }

    private static String keg(String name, int litres) {
        return """
            {"apiVersion":"wire.example.com/v1","kind":"Keg","metadata":{"name":"%s"},"spec":{"litres":%d}}\
            """.formatted(name, litres);
    }

    private HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(server + path)).timeout(Duration.ofMinutes(2));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<byte[]> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return http.send(
                request(path, headers)
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofByteArray());
    }

    private JsonNode get(String path, int status, String... headers) throws IOException, InterruptedException {
        var answer = send("GET", path, "", headers);
        assertThat(answer.statusCode()).as(path).isEqualTo(status);
        return json.readTree(answer.body());
    }

    /** The events until one that the last of these asks for, this included. */
    private List<JsonNode> watch(String query, String until) throws IOException, InterruptedException {
        var answer = http.send(request(KEGS + "?watch=true&" + query).build(), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        List<JsonNode> events = new ArrayList<>();
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                events.add(json.readTree(line));
                if (line.contains(until)) {
                    return events;
                }
            }
        }
        throw new AssertionError("the watch ended after " + events.size() + " events");
    }

    @Test
    void aWatchBeginsWithWhatIsThere() throws Exception {
        var events = watch(
                "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
                "k8s.io/initial-events-end");
        assertThat(events).hasSize(MANY + 1);
        assertThat(events.subList(0, MANY)).allMatch(e -> e.get("type").asText().equals("ADDED"));
        var bookmark = events.getLast();
        assertThat(bookmark.get("type").asText()).isEqualTo("BOOKMARK");
        assertThat(bookmark.at("/object/kind").asText()).isEqualTo("Keg");
        var from = bookmark.at("/object/metadata/resourceVersion").asText();
        kubectl.ok("label", "keg", "keg-0007", "seen=" + from);
        var next = watch("allowWatchBookmarks=true&resourceVersion=" + from, "\"seen\"");
        assertThat(next.getLast().at("/object/metadata/name").asText()).isEqualTo("keg-0007");
        assertThat(next.getLast().get("type").asText()).isEqualTo("MODIFIED");
        var forbidden = get(KEGS + "?watch=true&sendInitialEvents=true", 422);
        assertThat(forbidden.get("message").asText())
                .contains("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }

    @Test
    void pagesAreOfOneMoment() throws Exception {
        var first = get(KEGS + "?limit=" + PAGE, 200);
        var version = first.at("/metadata/resourceVersion").asText();
        assertThat(first.get("items")).hasSize(PAGE);
        assertThat(first.at("/metadata/remainingItemCount").asInt()).isEqualTo(MANY - PAGE);
        send("PUT", KEGS + "/keg-0600", keg("keg-0600", 1), "Content-Type", "application/json");
        send("POST", KEGS, keg("keg-9999", 1), "Content-Type", "application/json");
        int seen = PAGE;
        for (var page = first; !page.at("/metadata/continue").asText().isEmpty(); ) {
            page = get(
                    KEGS + "?limit=" + PAGE + "&continue="
                            + page.at("/metadata/continue").asText(),
                    200);
            assertThat(page.at("/metadata/resourceVersion").asText()).isEqualTo(version);
            seen += page.get("items").size();
        }
        assertThat(seen).isEqualTo(MANY);
        send("DELETE", KEGS + "/keg-9999", "");
        // the state of that moment, and any that is not older
        assertThat(get(KEGS + "?resourceVersionMatch=Exact&resourceVersion=" + version, 200)
                        .get("items"))
                .hasSize(MANY);
        assertThat(Long.parseLong(get(KEGS + "?resourceVersionMatch=NotOlderThan&resourceVersion=" + version, 200)
                        .at("/metadata/resourceVersion")
                        .asText()))
                .isGreaterThan(Long.parseLong(version));
        assertThat(get(KEGS + "?resourceVersionMatch=Exact", 422).get("reason").asText())
                .isEqualTo("Invalid");
        assertThat(get(KEGS + "?limit=1&continue=nonsense", 400).get("reason").asText())
                .isEqualTo("BadRequest");
    }

    @Test
    void mediaTypesThatACustomKindDoesNotHaveAreRefused() throws Exception {
        var one = KEGS + "/keg-0001";
        assertThat(send("GET", one, "", "Accept", PROTOBUF).statusCode()).isEqualTo(406);
        var either = send("GET", one, "", "Accept", PROTOBUF + ",application/json");
        assertThat(either.statusCode()).isEqualTo(200);
        assertThat(either.headers().firstValue("Content-Type")).contains("application/json");
        var metadata = send("GET", one, "", "Accept", PROTOBUF + ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        assertThat(metadata.statusCode()).isEqualTo(200);
        assertThat(new String(metadata.body(), StandardCharsets.ISO_8859_1))
                .startsWith("k8s\0")
                .contains("keg-0001");
        assertThat(get(one, 200, "Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")
                        .at("/rows/0/cells/0")
                        .asText())
                .isEqualTo("keg-0001");
        assertThat(send("POST", KEGS, "k8s\0", "Content-Type", PROTOBUF).statusCode())
                .isEqualTo(400);
        assertThat(send("POST", KEGS, "x", "Content-Type", "application/x-yaml").statusCode())
                .isEqualTo(415);
        var strategic = send("PATCH", one, "{}", "Content-Type", "application/strategic-merge-patch+json");
        assertThat(strategic.statusCode()).isEqualTo(415);
        assertThat(json.readTree(strategic.body()).get("reason").asText()).isEqualTo("UnsupportedMediaType");
        assertThat(send("DELETE", KEGS + "/absent", "", "Accept", PROTOBUF + ",application/json")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void writesOfAControllerCompareVersions() throws Exception {
        var path = KEGS + "/keg-0002";
        var read = get(path, 200);
        var stale = json.writeValueAsString(read);
        ((com.fasterxml.jackson.databind.node.ObjectNode) read.get("spec")).put("litres", 50);
        var fresh = json.writeValueAsString(read);
        assertThat(send("PUT", path, fresh, "Content-Type", "application/json").statusCode())
                .isEqualTo(200);
        var conflict =
                send("PUT", path, stale.replace("\"litres\":2", "\"litres\":3"), "Content-Type", "application/json");
        assertThat(conflict.statusCode()).isEqualTo(409);
        assertThat(json.readTree(conflict.body()).get("message").asText())
                .contains(
                        "the object has been modified; please apply your changes to the latest version and try again");
        // a merge patch that names the version it was made of
        var patch = "{\"metadata\":{\"resourceVersion\":\"%s\"},\"spec\":{\"litres\":4}}"
                .formatted(json.readTree(stale).at("/metadata/resourceVersion").asText());
        assertThat(send("PATCH", path, patch, "Content-Type", "application/merge-patch+json")
                        .statusCode())
                .isEqualTo(409);
        assertThat(send("PUT", path, keg("keg-0002", 5), "Content-Type", "application/json")
                        .statusCode())
                .as("an update that names no version")
                .isEqualTo(422);
    }
}
