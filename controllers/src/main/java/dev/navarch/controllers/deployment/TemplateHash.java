package dev.navarch.controllers.deployment;

import dev.navarch.client.Json;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Tells pod templates apart: a hash for names and labels (of upstream's shape, but not its value, which depends on
 * Go's memory layout), and equality without it.
 */
final class TemplateHash {
    static final String LABEL = "pod-template-hash";
    /** No vowels, and nothing that looks like another sign. source: apimachinery pkg/util/rand/rand.go. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private TemplateHash() {}

    /** @param collisions how often the hash of this template met another one's */
    static String of(PodTemplateSpec template, int collisions) {
        int hash = 0x811c9dc5; // FNV-1a
        var text = new StringBuilder();
        canonical(Json.mapper().valueToTree(template), text);
        if (collisions > 0) {
            text.append(collisions);
        }
        for (byte b : text.toString().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x01000193;
        }
        var safe = new StringBuilder();
        Integer.toUnsignedString(hash).chars().forEach(c -> safe.append(ALPHABET.charAt(c % ALPHABET.length())));
        return safe.toString();
    }

    private static void canonical(JsonNode node, StringBuilder into) {
        if (node.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(e -> sorted.put(e.getKey(), e.getValue()));
            into.append('{');
            sorted.forEach((name, value) -> {
                into.append('"').append(name).append("\":");
                canonical(value, into);
                into.append(',');
            });
            into.append('}');
        } else if (node.isArray()) {
            into.append('[');
            for (var element : node) {
                canonical(element, into);
                into.append(',');
            }
            into.append(']');
        } else {
            into.append(node);
        }
    }

    /** The hash that a set was named with; empty if it has none. */
    static String of(ReplicaSet set) {
        var labels = set.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(LABEL, "");
    }

    static boolean same(PodTemplateSpec a, PodTemplateSpec b) {
        return without(a).equals(without(b));
    }

    private static PodTemplateSpec without(PodTemplateSpec template) {
        var meta = template.getMetadata();
        if (meta == null || meta.getLabels() == null || !meta.getLabels().containsKey(LABEL)) {
            return template;
        }
        var labels = new HashMap<>(meta.getLabels());
        labels.remove(LABEL);
        return new PodTemplateSpecBuilder(template)
                .editMetadata()
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
