package dev.navarch.apiserver.aggregation;

import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.aggregation.Registered.Backend;
import dev.navarch.apiserver.aggregation.ServiceAddress.Place;
import dev.navarch.apiserver.aggregation.ServiceAddress.UnresolvedException;
import dev.navarch.apiserver.discovery.Elsewhere;
import dev.navarch.apiserver.net.DialFailure;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.tree.Tree;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks other servers what they serve: by the aggregated discovery, or by the plain one of those that know no other, and
 * by OpenAPI. Sources: k8s.io/kube-aggregator pkg/apiserver/handler_discovery.go; pkg/controllers/openapi/aggregator.
 */
final class RemoteDocuments {
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final int MOST_BYTES = 32 * 1024 * 1024;
    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
            + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    private final ServiceAddress addresses;
    private final Peers peers;
    private final RandomGenerator random;

    /** @param random chooses among endpoints */
    RemoteDocuments(ServiceAddress addresses, Peers peers, RandomGenerator random) {
        this.addresses = addresses;
        this.peers = peers;
        this.random = random;
    }

    /**
     * Asks anew.
     *
     * @throws IOException if the server does not say what it serves; a server without OpenAPI is in order
     */
    Elsewhere.Served of(Registered registered) throws IOException, InterruptedException {
        var backend = registered.backend().orElseThrow();
        Place place;
        try {
            var places = addresses.of(backend);
            place = places.get(random.nextInt(places.size()));
        } catch (UnresolvedException e) {
            throw new IOException(e.getMessage(), e);
        }
        var version = registered.groupVersion();
        return new Elsewhere.Served(
                discovery(backend, place, version),
                false,
                get(backend, place, "/openapi/v2", "application/json").orElse(MissingNode.getInstance()),
                openApi3(backend, place, version));
    }

    private ObjectNode discovery(Backend backend, Place place, GroupVersion version)
            throws IOException, InterruptedException {
        var all = get(backend, place, "/apis", AGGREGATED);
        if (all.isPresent() && Tree.text(all.get(), "kind").equals("APIGroupDiscoveryList")) {
            for (var group : Tree.objects(all.get(), "items")) {
                if (Tree.text(group, "metadata", "name").equals(version.group())) {
                    for (var one : Tree.objects(group, "versions")) {
                        if (Tree.text(one, "version").equals(version.version())) {
                            return one;
                        }
                    }
                }
            }
            return Tree.object();
        }
        var plain = get(backend, place, version.urlPrefix(), "application/json")
                .orElseThrow(() -> new IOException("failed to download discovery for " + version.urlPrefix()));
        return aggregated(version, plain);
    }

    /** A plain list of resources as an entry of the aggregated discovery (source: k8s.io/apiserver pkg/endpoints/installer.go). */
    static ObjectNode aggregated(GroupVersion version, JsonNode list) {
        Map<String, ObjectNode> resources = new LinkedHashMap<>();
        for (var resource : Tree.objects(list, "resources")) {
            var name = Tree.text(resource, "name");
            if (!name.contains("/")) {
                var entry = Tree.object().put("resource", name);
                entry.set("responseKind", responseKind(version, resource));
                entry.put("scope", Tree.flag(resource, false, "namespaced") ? "Namespaced" : "Cluster")
                        .put("singularResource", Tree.text(resource, "singularName"));
                for (var part : new String[] {"verbs", "shortNames", "categories"}) {
                    if (Tree.has(resource, part)) {
                        entry.set(part, resource.get(part));
                    }
                }
                resources.put(name, entry);
            }
        }
        for (var resource : Tree.objects(list, "resources")) {
            var name = Tree.text(resource, "name");
            int slash = name.indexOf('/');
            var parent = slash < 0 ? null : resources.get(name.substring(0, slash));
            if (parent != null) {
                var entry = Tree.childArray(parent, "subresources")
                        .addObject()
                        .put("subresource", name.substring(slash + 1));
                entry.set("responseKind", responseKind(version, resource));
                entry.set("verbs", Tree.arrayOf(Tree.strings(resource, "verbs")));
            }
        }
        var described = Tree.object().put("version", version.version());
        resources.values().forEach(Tree.childArray(described, "resources")::add);
        return described;
    }

    private static ObjectNode responseKind(GroupVersion version, ObjectNode resource) {
        boolean own = Tree.text(resource, "version").isEmpty();
        return Tree.object()
                .put("group", own ? version.group() : Tree.text(resource, "group"))
                .put("version", own ? version.version() : Tree.text(resource, "version"))
                .put("kind", Tree.text(resource, "kind"));
    }

    private Map<String, String> openApi3(Backend backend, Place place, GroupVersion version)
            throws IOException, InterruptedException {
        Map<String, String> found = new HashMap<>();
        var index = get(backend, place, "/openapi/v3", "application/json");
        var path = version.urlPrefix().substring(1);
        index.map(i -> Tree.text(Tree.at(i, "paths").path(path), "serverRelativeURL"))
                .filter(url -> url.startsWith("/openapi/v3/" + path))
                .ifPresent(url -> found.put(path, url));
        return found;
    }

    /** The document; empty if the server has none. */
    private Optional<JsonNode> get(Backend backend, Place place, String path, String accept)
            throws IOException, InterruptedException {
        var url = "https://" + place.authority() + path;
        var request = HttpRequest.newBuilder(URI.create(url))
                .timeout(WITHIN)
                .header("Accept", accept)
                .GET();
        RemoteUser.write(Headers.EMPTY, Availability.AGGREGATOR).forEach(request::header);
        try {
            var answer = peers.of(backend)
                    .client()
                    .send(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
            if (answer.statusCode() == 404 || answer.statusCode() == 406) {
                return Optional.empty();
            }
            if (answer.statusCode() != 200) {
                throw new IOException(url + " answered " + answer.statusCode());
            }
            return Optional.of(JsonMapper.shared().readTree(answer.body()));
        } catch (GeneralSecurityException | JacksonException e) {
            throw new IOException(url + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(url + ": " + DialFailure.reason(e, place.address(), place.port()), e);
        }
    }
}
