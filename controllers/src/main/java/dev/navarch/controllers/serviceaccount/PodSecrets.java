package dev.navarch.controllers.serviceaccount;

import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The secrets that pods name, in whatever place: every reference stands in a field that says so, or among the secrets to
 * pull images with. source: kubernetes pkg/api/v1/pod/util.go (VisitPodSecretNames).
 */
final class PodSecrets {
    private PodSecrets() {}

    static Set<String> of(List<Pod> pods) {
        Set<String> names = new HashSet<>();
        for (var pod : pods) {
            gather(Json.mapper().valueToTree(pod.getSpec()), "", names);
        }
        return names;
    }

    private static void gather(JsonNode node, String field, Set<String> names) {
        if (field.toLowerCase(Locale.ROOT).contains("secret")) {
            names.add(node.path("name").asString(""));
            names.add(node.path("secretName").asString(""));
        }
        node.properties().forEach(child -> gather(child.getValue(), child.getKey(), names));
        if (node.isArray()) {
            node.forEach(element -> gather(element, field, names));
        }
    }
}
