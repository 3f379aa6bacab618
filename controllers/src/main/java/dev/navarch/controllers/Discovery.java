package dev.navarch.controllers;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The resources that the server has now, each in its preferred version. source: client-go discovery. */
public final class Discovery {
    private Discovery() {}

    /** One resource, without subresources. */
    public record Found(
            String group, String version, String plural, String kind, boolean namespaced, Set<String> verbs) {
        public Found {
            verbs = Set.copyOf(verbs);
        }

        public String apiVersion() {
            return group.isEmpty() ? version : group + "/" + version;
        }
    }

    /** @param failures of group versions that did not answer, by their name; what they serve is unknown */
    public record Answer(List<Found> resources, Map<String, String> failures) {}

    public static Answer preferred(ApiClient client) {
        List<Found> found = new ArrayList<>();
        Map<String, String> failures = new LinkedHashMap<>();
        resources(client, "/api/v1", "", "v1", new HashSet<>(), found, failures);
        for (var group : client.raw("/apis").path("groups")) {
            var name = group.path("name").asString("");
            List<String> versions = new ArrayList<>();
            versions.add(group.path("preferredVersion").path("version").asString(""));
            group.path("versions").forEach(v -> versions.add(v.path("version").asString("")));
            Set<String> seen = new HashSet<>();
            for (var version :
                    versions.stream().distinct().filter(v -> !v.isEmpty()).toList()) {
                resources(client, "/apis/" + name + "/" + version, name, version, seen, found, failures);
            }
        }
        return new Answer(found, failures);
    }

    private static void resources(
            ApiClient client,
            String path,
            String group,
            String version,
            Set<String> seen,
            List<Found> found,
            Map<String, String> failures) {
        try {
            for (var resource : client.raw(path).path("resources")) {
                var name = resource.path("name").asString("");
                if (!name.contains("/") && seen.add(name)) {
                    found.add(new Found(
                            group,
                            version,
                            name,
                            resource.path("kind").asString(""),
                            resource.path("namespaced").asBoolean(false),
                            verbs(resource)));
                }
            }
        } catch (ApiFailure | UncheckedIOException e) {
            failures.put(group.isEmpty() ? version : group + "/" + version, String.valueOf(e.getMessage()));
        }
    }

    private static Set<String> verbs(JsonNode resource) {
        Set<String> verbs = new HashSet<>();
        resource.path("verbs").forEach(v -> verbs.add(v.asString("")));
        return verbs;
    }
}
