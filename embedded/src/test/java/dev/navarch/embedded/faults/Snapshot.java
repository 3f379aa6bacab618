package dev.navarch.embedded.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is stored, but for what two runs that do the same may differ in: times, versions, generated names, addresses and
 * the order in which lists were filled.
 */
final class Snapshot {
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
    private static final Pattern ADDRESS = Pattern.compile("\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b");
    /** Of the minute in the names of a CronJob's jobs. */
    private static final Pattern MINUTE = Pattern.compile("-\\d{8}\\b");

    /** Of an object that is not there any more; those of the others are replaced by their names. */
    private static final Pattern UID = Pattern.compile("\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b");

    private static final Pattern TOKEN_VOLUME = Pattern.compile("kube-api-access-[a-z0-9]{5}");

    private static final Set<String> DROPPED =
            Set.of("resourceVersion", "managedFields", "generation", "observedGeneration", "pod-template-generation");

    private Snapshot() {}

    static List<String> of(List<ObjectNode> objects) {
        Map<String, String> names = new HashMap<>();
        for (var object : objects) {
            var meta = object.path("metadata");
            var generated = meta.path("generateName").asString("");
            var name = meta.path("name").asString();
            var known = generated.isEmpty() ? plain(name, Map.of()) : plain(generated, Map.of()) + "*";
            if (!generated.isEmpty()) {
                names.put(name, known);
            }
            names.put(
                    meta.path("uid").asString("none"),
                    "uid of " + object.path("kind").asString() + " " + known);
        }
        return objects.stream()
                .filter(o -> !o.path("kind").asString().equals("Lease"))
                .map(o -> text(o, names))
                .sorted()
                .toList();
    }

    /**
     * What one has and the other lacks; empty if they are the same.
     *
     * @param overlooked a pattern of what doesn't matter
     */
    static String difference(List<String> wanted, List<String> found, String overlooked) {
        List<String> missing = new ArrayList<>(without(wanted, overlooked));
        List<String> surplus = new ArrayList<>();
        for (var object : without(found, overlooked)) {
            if (!missing.remove(object)) {
                surplus.add(object);
            }
        }
        return missing.isEmpty() && surplus.isEmpty()
                ? ""
                : "wanted:\n" + String.join("\n", missing) + "\nfound:\n" + String.join("\n", surplus);
    }

    private static List<String> without(List<String> objects, String overlooked) {
        return overlooked.isEmpty()
                ? objects
                : objects.stream()
                        .map(o -> o.replaceAll(overlooked, ""))
                        .filter(o -> !o.isEmpty())
                        .toList();
    }

    private static String text(JsonNode node, Map<String, String> names) {
        return switch (node) {
            case ObjectNode object -> {
                List<String> fields = new ArrayList<>();
                for (var field : object.properties()) {
                    if (!DROPPED.contains(field.getKey())) {
                        fields.add(plain(field.getKey(), names) + ": " + text(field.getValue(), names));
                    }
                }
                fields.sort(null);
                yield "{" + String.join(", ", fields) + "}";
            }
            case ArrayNode array -> {
                List<String> items = new ArrayList<>();
                array.forEach(item -> items.add(text(item, names)));
                items.sort(null);
                yield items.toString();
            }
            default -> plain(node.asString(""), names);
        };
    }

    private static String plain(String text, Map<String, String> names) {
        var known = names.get(text);
        if (known != null) {
            return known;
        }
        var plain = TIME.matcher(text).replaceAll("TIME");
        plain = ADDRESS.matcher(plain).replaceAll("ADDRESS");
        plain = TOKEN_VOLUME.matcher(plain).replaceAll("kube-api-access-*");
        plain = UID.matcher(plain).replaceAll("UID");
        return MINUTE.matcher(plain).replaceAll("-MINUTE");
    }
}
