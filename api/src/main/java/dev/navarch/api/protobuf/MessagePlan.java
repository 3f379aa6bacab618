package dev.navarch.api.protobuf;

import dev.navarch.api.Field;
import dev.navarch.api.ObjectSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A struct as a protobuf message: its fields by number, in ascending order. A struct that Go embeds is a message of its
 * own here, although its fields stand beside the others in JSON.
 */
record MessagePlan(List<Part> parts, Map<Integer, Part> byNumber) {

    sealed interface Part {
        int number();
    }

    record Leaf(int number, Field field) implements Part {}

    record Embedded(int number, MessagePlan plan) implements Part {}

    static MessagePlan of(ObjectSchema schema) {
        return of(List.copyOf(schema.fields().values()), 0);
    }

    private static MessagePlan of(List<Field> fields, int depth) {
        var groups = new TreeMap<Integer, List<Field>>();
        for (var field : fields) {
            if (field.numbers().size() > depth) {
                groups.computeIfAbsent(field.numbers().get(depth), _ -> new ArrayList<>())
                        .add(field);
            }
        }
        var parts = new LinkedHashMap<Integer, Part>();
        groups.forEach((number, group) -> {
            var first = group.getFirst();
            boolean leaf = group.size() == 1 && first.numbers().size() == depth + 1;
            parts.put(number, leaf ? new Leaf(number, first) : new Embedded(number, of(group, depth + 1)));
        });
        return new MessagePlan(List.copyOf(parts.values()), new HashMap<>(parts));
    }
}
