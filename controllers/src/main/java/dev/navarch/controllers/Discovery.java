package dev.navarch.controllers;

import dev.navarch.client.ApiClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The resources that the server has now, each in its preferred version. Who asks again is answered in two small requests
 * where nothing has changed. For one thread.
 *
 * <p>source: client-go discovery/discovery_client.go (ServerPreferredResources), aggregated_discovery.go.
 */
public final class Discovery {
    private static final List<String> ROOTS = List.of("/api", "/apis");
    private static final String DOCUMENT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private final ApiClient client;
    private final Map<String, ApiClient.Tagged> read = new HashMap<>();

    public Discovery(ApiClient client) {
        this.client = client;
    }

    /** One resource, without subresources. */
    public record Found(
            String group, String version, String plural, String kind, boolean namespaced, Set<String> verbs) {
        public Found {
            verbs = Set.copyOf(verbs);
        }

        public String apiVersion() {
            return groupVersion(group, version);
        }
    }

    /** @param failures of group versions whose server does not answer, by their name; what they serve is unknown */
    public record Answer(List<Found> resources, Map<String, String> failures) {}

    public static Answer preferred(ApiClient client) {
        return new Discovery(client).changed().orElseThrow();
    }

    /** What there is; empty if it is what was answered before. */
    public Optional<Answer> changed() {
        boolean changed = false;
        for (var root : ROOTS) {
            var known = read.get(root);
            var now = client.rawUnless(known == null ? "" : known.tag(), root, DOCUMENT);
            if (now.isPresent()) {
                changed |= !now.get().equals(known);
                read.put(root, now.get());
            }
        }
        return changed ? Optional.of(answer()) : Optional.empty();
    }

    private Answer answer() {
        List<Found> found = new ArrayList<>();
        Map<String, String> failures = new LinkedHashMap<>();
        for (var root : ROOTS) {
            for (var group : read.get(root).tree().path("items")) {
                var name = group.path("metadata").path("name").asString("");
                Set<String> seen = new HashSet<>();
                for (var version : group.path("versions")) {
                    resources(name, version, seen, found, failures);
                }
            }
        }
        return new Answer(found, failures);
    }

    private static void resources(
            String group, JsonNode described, Set<String> seen, List<Found> found, Map<String, String> failures) {
        var version = described.path("version").asString("");
        if (described.path("freshness").asString("").equals("Stale")) {
            var name = groupVersion(group, version);
            failures.put(name, "stale GroupVersion discovery: " + name);
            return;
        }
        for (var resource : described.path("resources")) {
            var plural = resource.path("resource").asString("");
            if (seen.add(plural)) {
                found.add(new Found(
                        group,
                        version,
                        plural,
                        resource.path("responseKind").path("kind").asString(""),
                        resource.path("scope").asString("").equals("Namespaced"),
                        verbs(resource)));
            }
        }
    }

    private static String groupVersion(String group, String version) {
        return group.isEmpty() ? version : group + "/" + version;
    }

    private static Set<String> verbs(JsonNode resource) {
        Set<String> verbs = new HashSet<>();
        resource.path("verbs").forEach(v -> verbs.add(v.asString("")));
        return verbs;
    }
}
