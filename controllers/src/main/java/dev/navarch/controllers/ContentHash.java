package dev.navarch.controllers;

import dev.navarch.client.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A short hash of what an object says, for names and labels: of upstream's shape, but not its value, which depends on
 * Go's memory layout.
 */
public final class ContentHash {
    /** No vowels, and nothing that looks like another sign. source: apimachinery pkg/util/rand/rand.go. */
    private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

    private ContentHash() {}

    /** One text for all trees that are equal up to the order of fields, nulls and the width of numbers. */
    public static String canonical(Object content) {
        var text = new StringBuilder();
        write(Json.mapper().valueToTree(content), text);
        return text.toString();
    }

    /** @param collisions how often the hash of this content met another one's */
    public static String of(String content, int collisions) {
        int hash = 0x811c9dc5; // FNV-1a
        var text = collisions > 0 ? content + collisions : content;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x01000193;
        }
        var safe = new StringBuilder();
        Integer.toUnsignedString(hash).chars().forEach(c -> safe.append(ALPHABET.charAt(c % ALPHABET.length())));
        return safe.toString();
    }

    private static void write(JsonNode node, StringBuilder into) {
        if (node.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            node.properties().forEach(e -> {
                if (!e.getValue().isNull()) {
                    sorted.put(e.getKey(), e.getValue());
                }
            });
            into.append('{');
            sorted.forEach((name, value) -> {
                into.append('"').append(name).append("\":");
                write(value, into);
                into.append(',');
            });
            into.append('}');
        } else if (node.isArray()) {
            into.append('[');
            for (var element : node) {
                write(element, into);
                into.append(',');
            }
            into.append(']');
        } else {
            into.append(node);
        }
    }
}
