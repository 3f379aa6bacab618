package dev.navarch.embedded;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What changed between two states of an object, a line a field. Elements of lists that have names go by them. */
final class Diff {
    private static final Set<String> LEFT_OUT = Set.of("metadata.resourceVersion", "metadata.managedFields");

    private final List<String> lines = new ArrayList<>();

    private Diff() {}

    static List<String> between(JsonNode before, JsonNode now) {
        var diff = new Diff();
        diff.compare("", before, now);
        return diff.lines;
    }

    private void compare(String path, JsonNode before, JsonNode now) {
        if (LEFT_OUT.contains(path) || before.equals(now)) {
            return;
        }
        if ((before.isObject() || before.isMissingNode()) && now.isObject() && !now.isEmpty()
                || before.isObject() && !before.isEmpty() && now.isMissingNode()) {
            each(members(before, path), members(now, path));
        } else if ((before.isArray() || before.isMissingNode()) && now.isArray() && !now.isEmpty()
                || before.isArray() && !before.isEmpty() && now.isMissingNode()) {
            each(elements(before, path), elements(now, path));
        } else if (before.isMissingNode()) {
            lines.add("+ " + path + ": " + now);
        } else if (now.isMissingNode()) {
            lines.add("- " + path + ": " + before);
        } else {
            lines.add("~ " + path + ": " + before + " → " + now);
        }
    }

    private void each(Map<String, JsonNode> before, Map<String, JsonNode> now) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        for (var name : names) {
            compare(
                    name,
                    before.getOrDefault(name, MissingNode.getInstance()),
                    now.getOrDefault(name, MissingNode.getInstance()));
        }
    }

    private static Map<String, JsonNode> members(JsonNode object, String path) {
        Map<String, JsonNode> members = new LinkedHashMap<>();
        object.properties()
                .forEach(member -> members.put(
                        path.isEmpty() ? member.getKey() : path + "." + member.getKey(), member.getValue()));
        return members;
    }

    private static Map<String, JsonNode> elements(JsonNode list, String path) {
        Map<String, JsonNode> elements = new LinkedHashMap<>();
        for (int i = 0; i < list.size(); i++) {
            var element = list.get(i);
            var key = element.path("name").asString(element.path("type").asString(Integer.toString(i)));
            elements.put(path + "[" + (elements.containsKey(path + "[" + key + "]") ? i : key) + "]", element);
        }
        return elements;
    }
}
