package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Custom resources in the documents that a server gives (source: kubernetes test/e2e/apimachinery/crd_publish_openapi.go).
 * JSON is written with single quotes.
 */
class CustomOpenApiTest {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String NAME = "ships.example.com";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private static String definition(String versions) {
        return """
            {'kind':'CustomResourceDefinition','apiVersion':'apiextensions.k8s.io/v1','metadata':{'name':'%s'},
             'spec':{'group':'example.com','scope':'Namespaced','names':{'plural':'ships','kind':'Ship'},'versions':[%s]}}\
            """.formatted(NAME, versions).replace('\'', '"');
    }

    private static String version(String name, boolean served, boolean stored, String property) {
        return """
            {'name':'%s','served':%s,'storage':%s,'schema':{'openAPIV3Schema':{'type':'object','description':'A ship',
              'properties':{'%s':{'type':'string'}}}}}""".formatted(name, served, stored, property);
    }

    /** Waits until the definition's story, as its watchers see it, has what is wanted. */
    private interface Wanted {
        boolean of(JsonNode event);
    }

    private static boolean established(JsonNode event) {
        return event.at("/object/status/conditions")
                .valueStream()
                .anyMatch(c -> c.path("type").asString("").equals("Established")
                        && c.path("status").asString("").equals("True"));
    }

    private void define(String versions) {
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            api.post(DEFINITIONS, definition(versions)).expect(201);
            await(events, CustomOpenApiTest::established);
        }
    }

    private static void await(TestApi.Events events, Wanted wanted) {
        var event = events.next();
        while (event != null && !wanted.of(event)) {
            event = events.next();
        }
        assertThat(event).isNotNull();
    }

    private JsonNode definitions() {
        return api.get("/openapi/v2").expect(200).json().get("definitions");
    }

    private String hash(String path) {
        var index = api.get("/openapi/v3").expect(200).json();
        return Tree.text(index.get("paths").get(path), "serverRelativeURL").replaceFirst(".*hash=", "");
    }

    @Test
    void whatIsEstablishedIsDocumented() {
        var before = api.get("/openapi/v2").expect(200);
        define(version("v1", true, true, "name"));
        assertThat(definitions().at("/com.example.v1.Ship/description").stringValue())
                .isEqualTo("A ship");
        assertThat(api.get("/openapi/v2").headers().first("ETag"))
                .isNotEqualTo(before.headers().first("ETag"));
        var tag = api.get("/openapi/v2").headers().first("ETag").orElseThrow();
        api.get("/openapi/v2", "If-None-Match", tag).expect(304);
        var url = "/openapi/v3/apis/example.com/v1";
        assertThat(api.get(url).expect(200).json().at("/components/schemas").has("com.example.v1.Ship"))
                .isTrue();
        api.get(url + "?hash=" + hash("apis/example.com/v1")).expect(200);
        api.get(url + "?hash=OLD").expect(301);
    }

    @Test
    void versionsComeAndGo() {
        define(version("v1", true, true, "name") + "," + version("v2", true, false, "title"));
        assertThat(definitions().has("com.example.v2.Ship")).isTrue();
        var first = hash("apis/example.com/v1");
        try (var ships = api.watch("/apis/example.com/v2/ships?watch=true")) {
            var renamed = version("v1", true, true, "name") + "," + version("v3", true, false, "title") + ","
                    + version("v2", false, false, "title");
            api.mergePatch(DEFINITIONS + "/" + NAME, "{\"spec\":{\"versions\":[" + renamed.replace('\'', '"') + "]}}")
                    .expect(200);
            assertThat(ships.nextLine()).isEqualTo("end");
        }
        assertThat(definitions().has("com.example.v3.Ship")).isTrue();
        assertThat(definitions().has("com.example.v2.Ship")).isFalse();
        assertThat(definitions().has("com.example.v1.Ship")).isTrue();
        api.get("/openapi/v3/apis/example.com/v2").expect(404);
        assertThat(hash("apis/example.com/v1")).isNotEqualTo(first);
    }

    @Test
    void whatIsGoneIsNotDocumented() {
        define(version("v1", true, true, "name"));
        try (var events = api.watch(DEFINITIONS + "?watch=true")) {
            api.delete(DEFINITIONS + "/" + NAME, "").expect(200);
            await(events, event -> event.get("type").stringValue().equals("DELETED"));
        }
        api.get("/apis/example.com/v1/ships");
        try (var served = api.watch(DEFINITIONS + "?watch=true")) {
            // another definition that is served shows that the last one's end was seen
            api.post(
                            DEFINITIONS,
                            definition(version("v1", true, true, "name"))
                                    .replace("ship", "boat")
                                    .replace("Ship", "Boat"))
                    .expect(201);
            await(served, CustomOpenApiTest::established);
        }
        assertThat(definitions().has("com.example.v1.Ship")).isFalse();
        assertThat(definitions().has("com.example.v1.Boat")).isTrue();
    }
}
