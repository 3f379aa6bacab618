package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Puts what is applied over what is there. Nothing is removed; where both say something the applied value stays. A list
 * has the order of what is there, changed as little as the order of what is applied demands. The result shares parts
 * with both and is to be read only (source: structured-merge-diff typed/merge.go).
 */
final class Merger {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Merger() {}

    /** @throws FieldsException if elements of a list cannot be told apart */
    static ObjectNode merge(ObjectNode live, ObjectNode applied, Struct shape) {
        return merge((JsonNode) live, applied, shape) instanceof ObjectNode merged ? merged : NODES.objectNode();
    }

    /** Null for what is absent; not both. */
    private static @Nullable JsonNode merge(@Nullable JsonNode live, @Nullable JsonNode applied, Shape shape) {
        return switch (shape) {
            case Leaf _ -> later(live, applied);
            case Struct _, Keyed _ -> fields(live, applied, shape);
            case SetOf set -> list(live, applied, set, set.element());
            case ListOf list -> list(live, applied, list, list.element());
            case Deduced _ ->
                live instanceof ObjectNode && (applied == null || applied.isObject() || applied.isNull())
                                || live == null && applied instanceof ObjectNode
                        ? fields(live, applied, shape)
                        : later(live, applied);
        };
    }

    private static @Nullable JsonNode later(@Nullable JsonNode live, @Nullable JsonNode applied) {
        return applied == null ? live : applied;
    }

    private static @Nullable JsonNode fields(@Nullable JsonNode live, @Nullable JsonNode applied, Shape shape) {
        var there = live instanceof ObjectNode object ? object : null;
        var wanted = applied instanceof ObjectNode object ? object : null;
        if ((there == null || there.isEmpty()) && (wanted == null || wanted.isEmpty())) {
            return later(live, applied);
        }
        if (wanted == null || wanted.isEmpty()) {
            return there;
        }
        Set<String> names = new LinkedHashSet<>();
        if (there != null) {
            names.addAll(there.propertyNames());
        }
        names.addAll(wanted.propertyNames());
        var merged = NODES.objectNode();
        for (var name : names) {
            var value = merge(there == null ? null : there.get(name), wanted.get(name), below(shape, name));
            if (value != null) {
                merged.set(name, value);
            }
        }
        return merged.isEmpty() ? null : merged;
    }

    private static Shape below(Shape shape, String name) {
        return switch (shape) {
            case Struct struct -> struct.shapeOf(name).orElse(Deduced.DEDUCED);
            case Keyed map -> map.value();
            case Leaf _, SetOf _, ListOf _, Deduced _ -> Deduced.DEDUCED;
        };
    }

    private static @Nullable JsonNode list(
            @Nullable JsonNode live, @Nullable JsonNode applied, Shape shape, Shape element) {
        boolean nothingThere = live == null || live.isEmpty();
        boolean nothingWanted = applied == null || applied.isEmpty();
        if (nothingThere && nothingWanted) {
            return later(live, applied);
        }
        var there = new Items(nothingThere ? NODES.arrayNode() : live, shape, true);
        var wanted = new Items(nothingWanted ? NODES.arrayNode() : applied, shape, false);
        var merged = new ListMerge(there, wanted, element).merge();
        return merged.isEmpty() ? null : merged;
    }

    /** The elements of a list with their paths. */
    private static final class Items {
        final JsonNode list;
        final List<PathElement> paths = new ArrayList<>();
        private final Map<PathElement, JsonNode> byPath = new HashMap<>();

        Items(JsonNode list, Shape shape, boolean duplicatesAllowed) {
            this.list = list;
            for (var item : list) {
                var path = shape instanceof ListOf keys ? Shape.elementOf(keys, item, false) : Shape.elementOf(item);
                if (byPath.putIfAbsent(path, item) != null) {
                    if (!duplicatesAllowed) {
                        throw new FieldsException("duplicate entries for key " + path);
                    }
                    byPath.put(path, NullNode.instance); // duplicates are replaced, not merged
                }
                paths.add(path);
            }
        }

        int size() {
            return paths.size();
        }

        boolean has(PathElement path) {
            return byPath.containsKey(path);
        }

        @Nullable
        JsonNode get(PathElement path) {
            return byPath.get(path);
        }
    }

    /**
     * Goes through both lists at once. What is only there keeps its place; what is in both comes in the applied order,
     * and {@code nextShared} is the next of these.
     */
    private static final class ListMerge {
        private final Items there;
        private final Items wanted;
        private final Shape element;
        private final ArrayNode out = NODES.arrayNode();
        private final Set<PathElement> done = new HashSet<>();
        private final List<PathElement> shared;
        private int nextShared;

        ListMerge(Items there, Items wanted, Shape element) {
            this.there = there;
            this.wanted = wanted;
            this.element = element;
            this.shared = wanted.paths.stream().filter(there::has).toList();
        }

        ArrayNode merge() {
            int l = 0;
            int r = 0;
            while (l < there.size() || r < wanted.size()) {
                if (l < there.size()) {
                    var path = there.paths.get(l);
                    if (r < wanted.size() && path.equals(wanted.paths.get(r))) {
                        take(path);
                        nextShared++;
                        l++;
                        r++;
                        continue;
                    }
                    if (!wanted.has(path)) {
                        put(item(there.list.get(l), null));
                        l++;
                        continue;
                    }
                    boolean laterOne = r < wanted.size()
                            && nextShared < shared.size()
                            && !shared.get(nextShared).equals(path);
                    if (laterOne) {
                        l++;
                        continue;
                    }
                    if (done.contains(path)) {
                        l++;
                    }
                }
                if (r < wanted.size()) {
                    var path = wanted.paths.get(r++);
                    take(path);
                    if (nextShared < shared.size() && shared.get(nextShared).equals(path)) {
                        nextShared++;
                    }
                }
            }
            return out;
        }

        private void take(PathElement path) {
            done.add(path);
            put(item(there.get(path), wanted.get(path)));
        }

        private @Nullable JsonNode item(@Nullable JsonNode live, @Nullable JsonNode applied) {
            return Merger.merge(live, applied, element);
        }

        private void put(@Nullable JsonNode value) {
            if (value != null) {
                out.add(value);
            }
        }
    }
}
