package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.storage.Range;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a server has of its own, past admission and validation, is what the API would have made of it. */
class ProvidedObjectsTest {
    private static final String GROUP = "rbac.authorization.k8s.io";

    private final JsonMapper json = new JsonMapper();

    @Test
    void defaultRolesAreAsIfTheyHadBeenCreatedThroughTheApi() throws Exception {
        try (var server = new TestServer(true)) {
            var requests = new OwnRequests(server.server.local());
            var wanted = BootstrapPolicy.standard().objects();
            assertThat(wanted).hasSizeGreaterThan(100);
            for (var object : wanted) {
                var namespace = object.path("metadata").path("namespace").asString("");
                var plural = object.path("kind").asString().toLowerCase(Locale.ROOT) + "s";
                var name = object.path("metadata").path("name").asString();
                var key = "/registry/" + GROUP + "/" + plural + "/" + (namespace.isEmpty() ? "" : namespace + "/");
                var path = "/apis/" + GROUP + "/v1/" + (namespace.isEmpty() ? "" : "namespaces/" + namespace + "/")
                        + plural;
                var provided = stored(server, key + name);
                assertThat(requests.delete(path + "/" + name)).as(name).isTrue();
                assertThat(requests.create(path, object)).as(name).isTrue();
                assertThat(provided.toString())
                        .as(name)
                        .isEqualTo(stored(server, key + name).toString());
            }
        }
    }

    /** Put back as they are, past nothing, they stay as they are: they are valid and have their defaults. */
    @Test
    void registrationsAreWhatTheApiWouldKeep() throws Exception {
        try (var server = new TestServer(true)) {
            var requests = new OwnRequests(server.server.local());
            var there = server.store
                    .range(Range.all("/registry/apiregistration.k8s.io/apiservices/"))
                    .entries();
            assertThat(there).hasSizeGreaterThan(5);
            for (var entry : there) {
                var object = (ObjectNode) json.readTree(entry.value());
                var name = object.path("metadata").path("name").asString();
                assertThat(requests.update("/apis/apiregistration.k8s.io/v1/apiservices/" + name, object))
                        .as(name)
                        .isTrue();
                assertThat(server.store.get(entry.key()).orElseThrow().revision())
                        .as(name)
                        .isEqualTo(entry.revision());
            }
        }
    }

    /** Without what differs between any two objects. */
    private ObjectNode stored(TestServer server, String key) {
        var tree =
                (ObjectNode) json.readTree(server.store.get(key).orElseThrow().value());
        var meta = (ObjectNode) tree.get("metadata");
        assertThat(meta.path("uid").asString()).hasSize(36);
        assertThat(meta.path("creationTimestamp").asString()).isNotEmpty();
        meta.remove(List.of("uid", "resourceVersion", "creationTimestamp"));
        assertThat(meta.path("managedFields")).isNotEmpty();
        meta.path("managedFields").forEach(entry -> ((ObjectNode) entry).remove("time"));
        return tree;
    }
}
