package dev.navarch.apiserver.patch;

import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Values as Go prints what it decodes JSON to ({@code %v}): {@code map[a:1 b:[x y]]}. */
public final class GoValue {
    private GoValue() {}

    public static String of(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT, POJO -> {
                var sorted = new TreeMap<String, JsonNode>();
                value.forEachEntry(sorted::put);
                yield sorted.entrySet().stream()
                        .map(e -> e.getKey() + ":" + of(e.getValue()))
                        .collect(Collectors.joining(" ", "map[", "]"));
            }
            case ARRAY ->
                StreamSupport.stream(value.spliterator(), false)
                        .map(GoValue::of)
                        .collect(Collectors.joining(" ", "[", "]"));
            case STRING, BINARY -> value.asString("");
            case NULL, MISSING -> "<nil>";
            case NUMBER, BOOLEAN -> value.toString();
        };
    }
}
