package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.protobuf.ProtobufCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DiscoveryTest {
    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private static JsonNode named(JsonNode list, String name) {
        for (var element : list) {
            if (element.path("name").asString("").equals(name)) {
                return element;
            }
        }
        throw new AssertionError("no " + name + " in " + list);
    }

    @Test
    void versionsAndGroupsAreListed() {
        assertThat(api.get("/api").expect(200).text("kind")).isEqualTo("APIVersions");
        var groups = api.get("/apis").expect(200).json().get("groups");
        assertThat(groups.valueStream().limit(3).map(g -> g.path("name").asString()))
                .containsExactly("apiregistration.k8s.io", "apps", "events.k8s.io");
        assertThat(named(groups, "apps").at("/preferredVersion/groupVersion").stringValue())
                .isEqualTo("apps/v1");
        assertThat(named(groups, "autoscaling").at("/preferredVersion/version").stringValue())
                .isEqualTo("v2");
        assertThat(api.get("/apis/apps").expect(200).text("kind")).isEqualTo("APIGroup");
        assertThat(api.get("/apis/nonsense").code()).isEqualTo(404);
        assertThat(api.get("/nonsense").code()).isEqualTo(404);
        assertThat(api.get("/").expect(200).body())
                .startsWith("{\n  \"paths\": [\n    \"/.well-known/openid-configuration\",\n    \"/api\",\n")
                .contains("\"/apis/apps/v1\"");
    }

    @Test
    void resourcesAreDescribed() {
        var list = api.get("/api/v1").expect(200);
        assertThat(list.text("groupVersion")).isEqualTo("v1");
        var pods = named(list.json().get("resources"), "pods");
        assertThat(pods.get("shortNames").get(0).stringValue()).isEqualTo("po");
        assertThat(pods.get("categories").get(0).stringValue()).isEqualTo("all");
        assertThat(pods.get("singularName").stringValue()).isEqualTo("pod");
        assertThat(pods.get("storageVersionHash").stringValue()).isEqualTo("xPOwRZ+Yhw8=");
        assertThat(pods.get("verbs").toString())
                .isEqualTo(
                        "[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\"]");
        var events = named(list.json().get("resources"), "events");
        assertThat(events.get("storageVersionHash").stringValue()).isEqualTo("r2yiGXH7wu8=");
        assertThat(named(api.get("/apis/events.k8s.io/v1").json().get("resources"), "events")
                        .get("storageVersionHash"))
                .isEqualTo(events.get("storageVersionHash"));
        var eviction = named(list.json().get("resources"), "pods/eviction");
        assertThat(eviction.get("group").stringValue()).isEqualTo("policy");
        assertThat(api.get("/apis/apps/v1").expect(200).text("apiVersion")).isEqualTo("v1");
    }

    @Test
    void oneDocumentTellsEverything() {
        var core = api.get("/api", "Accept", AGGREGATED).expect(200);
        assertThat(core.contentType())
                .isEqualTo("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        assertThat(core.text("kind")).isEqualTo("APIGroupDiscoveryList");
        List<String> resources = new ArrayList<>();
        core.json()
                .at("/items/0/versions/0/resources")
                .forEach(r -> resources.add(r.get("resource").stringValue()));
        assertThat(resources).contains("pods", "services", "nodes");
        var tag = core.headers().first("ETag").orElseThrow();
        assertThat(api.get("/api", "Accept", AGGREGATED, "If-None-Match", tag).code())
                .isEqualTo(304);
        var rest = api.get("/apis", "Accept", AGGREGATED).expect(200);
        assertThat(rest.body()).contains("\"subresource\":\"scale\"");
    }

    @Test
    void documentsComeInAllFormats() {
        assertThat(api.get("/apis/apps/v1", "Accept", "application/yaml")
                        .expect(200)
                        .body())
                .startsWith("apiVersion: v1\ngroupVersion: apps/v1\nkind: APIResourceList\n");
        assertThat(api.get("/api?pretty=1").body()).startsWith("{\n  \"kind\": \"APIVersions\",\n");
        var codec = new ProtobufCodec(api.catalogue);
        var protobuf = "application/vnd.kubernetes.protobuf";
        var resources =
                codec.open(api.get("/api/v1", "Accept", protobuf).expect(200).bytes());
        assertThat(codec.decodeMessage(resources.message(), api.catalogue.metaSchema("APIResourceList"))
                        .get("groupVersion")
                        .stringValue())
                .isEqualTo("v1");
        var all = api.get("/apis", "Accept", AGGREGATED.replace("application/json", protobuf))
                .expect(200);
        assertThat(all.contentType()).isEqualTo(protobuf + ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        assertThat(codec.open(all.bytes()).kind()).isEqualTo("APIGroupDiscoveryList");
        assertThat(api.get("/apis", "Accept", "text/html").code()).isEqualTo(406);
    }
}
