package dev.navarch.client;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Queries and the selectors in them, on trees. */
final class FakeSelectors {
    private static final Pattern SET = Pattern.compile("\\s*(\\S+)\\s+(in|notin)\\s*\\(([^)]*)\\)\\s*");

    private FakeSelectors() {}

    static Map<String, String> query(String path) {
        Map<String, String> values = new HashMap<>();
        int mark = path.indexOf('?');
        if (mark >= 0) {
            for (var pair : path.substring(mark + 1).split("&")) {
                int equals = pair.indexOf('=');
                values.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    static Predicate<JsonNode> of(Map<String, String> query) {
        Predicate<JsonNode> all = _ -> true;
        for (var term : query.getOrDefault("labelSelector", "").split(",(?![^(]*\\))")) {
            if (!term.isBlank()) {
                all = all.and(label(term.strip()));
            }
        }
        for (var term : query.getOrDefault("fieldSelector", "").split(",")) {
            if (!term.isBlank()) {
                all = all.and(field(term.strip()));
            }
        }
        return all;
    }

    private static Predicate<JsonNode> label(String term) {
        var set = SET.matcher(term);
        if (set.matches()) {
            var values = List.of(set.group(3).split("\\s*,\\s*"));
            return set.group(2).equals("in")
                    ? o -> labels(o).has(set.group(1))
                            && values.contains(labels(o).path(set.group(1)).asString())
                    : o -> !values.contains(labels(o).path(set.group(1)).asString(""));
        }
        if (term.contains("!=")) {
            var parts = term.split("!=", 2);
            return o -> !labels(o).path(parts[0]).asString("\0").equals(parts[1]);
        }
        if (term.contains("=")) {
            var parts = term.split("==?", 2);
            return o -> labels(o).path(parts[0]).asString("\0").equals(parts[1]);
        }
        return term.startsWith("!")
                ? o -> !labels(o).has(term.substring(1))
                : o -> labels(o).has(term);
    }

    private static JsonNode labels(JsonNode object) {
        return object.path("metadata").path("labels");
    }

    private static Predicate<JsonNode> field(String term) {
        boolean not = term.contains("!=");
        var parts = term.split(not ? "!=" : "==?", 2);
        var pointer = "/" + parts[0].replace('.', '/');
        return o -> o.at(pointer).asString("").equals(parts[1]) != not;
    }
}
