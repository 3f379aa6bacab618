package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applies manifests as {@code kubectl apply --server-side --force-conflicts} does, one after the other. After each the
 * cluster comes to rest, so that what a definition of custom resources brings can be used by the next.
 */
final class Manifests {
    private static final String MANAGER = "navarch";

    private final ApiClient client;
    private final Idleness idleness;

    private record Located(String path, boolean namespaced) {}

    Manifests(ApiClient client, Idleness idleness) {
        this.client = client.as(MANAGER);
        this.idleness = idleness;
    }

    /**
     * @param source what messages call the text, such as the name of its file
     * @throws EmbeddedClusterException if it is not YAML, or not accepted; the message names document and reason
     */
    void apply(String yaml, String source) {
        int number = 0;
        for (var document : YamlText.documents(yaml, source)) {
            number++;
            var where = source + ", document " + number;
            if (YamlText.isList(document)) {
                for (var item : document.path("items")) {
                    apply(item, where);
                }
            } else {
                apply(document, where);
            }
        }
    }

    private void apply(JsonNode document, String where) {
        var apiVersion = document.path("apiVersion").asString("");
        var kind = document.path("kind").asString("");
        var name = document.path("metadata").path("name").asString("");
        if (!(document instanceof ObjectNode) || apiVersion.isEmpty() || kind.isEmpty() || name.isEmpty()) {
            throw new EmbeddedClusterException(where + " lacks apiVersion, kind or metadata.name");
        }
        var located = locate(apiVersion, kind)
                .orElseThrow(() -> new EmbeddedClusterException(where + ": no matches for kind \"" + kind
                        + "\" in version \"" + apiVersion + "\"; is its CustomResourceDefinition loaded before it?"));
        var namespace = document.path("metadata").path("namespace").asString("default");
        try {
            client.apply(path(located, namespace, name), document);
        } catch (ApiFailure e) {
            throw new EmbeddedClusterException(where + ": " + e.getMessage(), e);
        }
        idleness.await();
    }

    private static String path(Located located, String namespace, String name) {
        int slash = located.path.lastIndexOf('/');
        var collection = located.namespaced
                ? located.path.substring(0, slash) + "/namespaces/" + namespace + located.path.substring(slash)
                : located.path;
        return collection + "/" + name;
    }

    private Located located(String apiVersion, String kind) {
        return locate(apiVersion, kind)
                .orElseThrow(() -> new EmbeddedClusterException(
                        "no matches for kind \"" + kind + "\" in version \"" + apiVersion + "\""));
    }

    /** @throws EmbeddedClusterException if there is no such kind */
    Optional<JsonNode> read(String apiVersion, String kind, String namespace, String name) {
        try {
            return Optional.of(client.raw(path(located(apiVersion, kind), namespace, name)));
        } catch (ApiFailure e) {
            if (e.notFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Where the store has an object.
     *
     * @throws EmbeddedClusterException if there is no such kind
     */
    String key(String apiVersion, String kind, String namespace, String name) {
        var located = located(apiVersion, kind);
        int slash = apiVersion.indexOf('/');
        var group = slash < 0 ? "core" : apiVersion.substring(0, slash);
        var plural = located.path.substring(located.path.lastIndexOf('/') + 1);
        return "/registry/" + group + "/" + plural + "/" + (located.namespaced ? namespace + "/" : "") + name;
    }

    /** Where objects of a kind are, by what the server says of itself. */
    private Optional<Located> locate(String apiVersion, String kind) {
        var root = apiVersion.contains("/") ? "/apis/" + apiVersion : "/api/" + apiVersion;
        JsonNode resources;
        try {
            resources = client.raw(root).path("resources");
        } catch (ApiFailure e) {
            if (e.notFound()) {
                return Optional.empty();
            }
            throw e;
        }
        for (var resource : resources) {
            var plural = resource.path("name").asString("");
            if (resource.path("kind").asString("").equals(kind) && !plural.contains("/")) {
                return Optional.of(new Located(
                        root + "/" + plural, resource.path("namespaced").asBoolean(false)));
            }
        }
        return Optional.empty();
    }
}
