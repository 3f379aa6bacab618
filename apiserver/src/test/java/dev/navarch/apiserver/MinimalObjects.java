package dev.navarch.apiserver;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The smallest valid object of every kind: {@code minimal-objects.yaml}. */
final class MinimalObjects {
    private final Map<String, ObjectNode> byVersion = new HashMap<>();
    private final Map<String, ObjectNode> byGroup = new HashMap<>();

    MinimalObjects() throws Exception {
        try (var in = MinimalObjects.class.getResourceAsStream("minimal-objects.yaml")) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (var document : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
                var object = (ObjectNode) JsonMapper.shared().valueToTree(document);
                var version = object.path("apiVersion").asString();
                var kind = object.path("kind").asString();
                byVersion.put(version + " " + kind, object);
                byGroup.putIfAbsent(group(version) + " " + kind, object);
            }
        }
    }

    private static String group(String apiVersion) {
        var group = apiVersion.contains("/") ? apiVersion.substring(0, apiVersion.indexOf('/')) : "";
        return group.equals("extensions") ? "apps" : group;
    }

    /** @param pod the name that stands for {@code $pod} */
    ObjectNode of(String apiVersion, String kind, int number, String pod) {
        var found = byVersion.getOrDefault(apiVersion + " " + kind, byGroup.get(group(apiVersion) + " " + kind));
        if (found == null) {
            throw new IllegalArgumentException("no minimal object of " + apiVersion + " " + kind);
        }
        var text = found.toString()
                .replace("$pod", pod)
                .replace("$ip", "10.200." + number / 250 + "." + (number % 250 + 1))
                .replace("$n", Integer.toString(number));
        var object = (ObjectNode) JsonMapper.shared().readTree(text);
        object.put("apiVersion", apiVersion);
        var metadata = object.withObject("/metadata");
        if (!metadata.has("name")) {
            metadata.put("name", "walk-" + number);
        }
        metadata.withObject("/labels").put("walk", Integer.toString(number));
        return object;
    }
}
