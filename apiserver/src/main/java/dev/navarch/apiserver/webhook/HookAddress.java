package dev.navarch.apiserver.webhook;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Tree;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;

/**
 * Where a webhook is (source: k8s.io/apiserver pkg/util/webhook/client.go and pkg/util/proxy/proxy.go, ResolveEndpoint).
 *
 * @param connect where to connect to
 * @param shown as which it appears in messages
 * @param serverName the name its certificate must have; empty for the address's own
 */
record HookAddress(URI connect, URI shown, String serverName) {
    private static final int STANDARD_PORT = 443;

    /**
     * @param config {@code clientConfig} of a webhook
     * @param objects where services and their endpoints are
     * @param query to be added; may be empty
     */
    static HookAddress of(JsonNode config, StoredObjects objects, String query) throws HookFailure {
        var service = Tree.at(config, "service");
        if (!service.isObject()) {
            return ofUrl(Tree.text(config, "url"), query);
        }
        var namespace = Tree.text(service, "namespace");
        var name = Tree.text(service, "name");
        var path = Tree.text(service, "path");
        int port = (int) Tree.number(service, STANDARD_PORT, "port");
        var host = name + "." + namespace + ".svc";
        try {
            var slash = path.startsWith("/") ? "" : "/";
            var shown = with(URI.create("https://" + host + ":" + port + slash + path), query);
            var place = place(objects, namespace, name, port, shown);
            return new HookAddress(
                    new URI("https", null, place.host, place.port, shown.getPath(), shown.getQuery(), null),
                    shown,
                    host);
        } catch (IllegalArgumentException | URISyntaxException e) {
            throw HookFailure.before("could not get REST client: " + e.getMessage());
        }
    }

    private static HookAddress ofUrl(String url, String query) throws HookFailure {
        if (url.isEmpty()) {
            throw HookFailure.before(
                    "could not get REST client: webhook configuration must have either service or URL");
        }
        try {
            var uri = with(URI.create(url), query);
            if (uri.getHost() != null && "https".equals(uri.getScheme())) {
                return new HookAddress(uri, uri, "");
            }
        } catch (IllegalArgumentException _) {
            // refused below
        }
        throw HookFailure.before("could not get REST client: Unparsable webhook URL: " + url);
    }

    private record Place(String host, int port) {}

    /** One of the service's endpoints, so that nothing depends on the network of this very machine's services. */
    private static Place place(StoredObjects objects, String namespace, String name, int port, URI shown)
            throws HookFailure {
        var service = objects.read("", "services", namespace, name)
                .orElseThrow(() -> unavailable(shown, "service " + GoText.quote(name) + " not found"));
        if (Tree.text(service, "spec", "type").equals("ExternalName")) {
            return new Place(Tree.text(service, "spec", "externalName"), port);
        }
        var portName = Tree.objects(service, "spec", "ports").stream()
                .filter(p -> Tree.number(p, 0, "port") == port)
                .findFirst()
                .map(p -> Tree.text(p, "name"))
                .orElseThrow(() ->
                        unavailable(shown, "no service port " + port + " found for service " + GoText.quote(name)));
        List<Place> ready = new ArrayList<>();
        for (var slice : objects.list("discovery.k8s.io", "endpointslices", namespace)) {
            if (Tree.text(slice, "metadata", "labels", "kubernetes.io/service-name")
                    .equals(name)) {
                port(slice, portName)
                        .ifPresent(number -> addresses(slice).forEach(a -> ready.add(new Place(a, number))));
            }
        }
        if (ready.isEmpty()) {
            throw unavailable(shown, "no endpoints available for service " + GoText.quote(name));
        }
        return ready.get(ThreadLocalRandom.current().nextInt(ready.size()));
    }

    private static HookFailure unavailable(URI shown, String why) {
        return new HookFailure("failed to call webhook: Post " + GoText.quote(shown.toString()) + ": " + why);
    }

    private static URI with(URI uri, String query) {
        if (query.isEmpty()) {
            return uri;
        }
        var slash = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : "";
        return URI.create(uri + slash + (uri.getRawQuery() == null ? "?" : "&") + query);
    }

    private static Optional<Integer> port(JsonNode slice, String name) {
        return Tree.objects(slice, "ports").stream()
                .filter(p -> Tree.text(p, "name").equals(name))
                .map(p -> (int) Tree.number(p, 0, "port"))
                .filter(p -> p > 0)
                .findFirst();
    }

    private static List<String> addresses(JsonNode slice) {
        return Tree.objects(slice, "endpoints").stream()
                .filter(e -> Tree.flag(e, true, "conditions", "ready"))
                .flatMap(e -> Tree.strings(e, "addresses").stream().limit(1))
                .toList();
    }
}
