package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a pod puts up with (source: kubernetes pkg/util/tolerations/tolerations.go).
 *
 * @param operator Exists, or else the value must be equal
 * @param seconds for how long; empty for ever
 */
record Toleration(String key, String operator, String value, String effect, OptionalLong seconds) {
    static List<Toleration> listOf(JsonNode tolerations) {
        return tolerations.valueStream().map(Toleration::of).toList();
    }

    static Toleration of(JsonNode tree) {
        return new Toleration(
                Tree.text(tree, "key"),
                Tree.text(tree, "operator"),
                Tree.text(tree, "value"),
                Tree.text(tree, "effect"),
                Tree.has(tree, "tolerationSeconds")
                        ? OptionalLong.of(Tree.number(tree, 0, "tolerationSeconds"))
                        : OptionalLong.empty());
    }

    ObjectNode tree() {
        var tree = Tree.object();
        Map.of("key", key, "operator", operator, "value", value, "effect", effect).entrySet().stream()
                .filter(e -> !e.getValue().isEmpty())
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> tree.put(e.getKey(), e.getValue()));
        seconds.ifPresent(s -> tree.put("tolerationSeconds", s));
        return tree;
    }

    /** Whether it puts up with everything that the other one does. */
    boolean covers(Toleration other) {
        if (equals(other)) {
            return true;
        }
        boolean exists = operator.equals("Exists");
        boolean anyKey = key.isEmpty() && exists;
        if (!anyKey && !key.equals(other.key) || !effect.isEmpty() && !effect.equals(other.effect)) {
            return false;
        }
        if (effect.equals("NoExecute") && seconds.isPresent()) {
            if (other.seconds.isEmpty() || other.seconds.getAsLong() > seconds.getAsLong()) {
                return false;
            }
        }
        return exists
                || (operator.isEmpty() || operator.equals("Equal"))
                        && other.operator.equals("Equal")
                        && value.equals(other.value);
    }

    /** All of both but those that others cover; of equal ones the first. */
    static List<Toleration> merged(List<Toleration> some, List<Toleration> others) {
        List<Toleration> all = new ArrayList<>(some);
        all.addAll(others);
        List<Toleration> merged = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            var one = all.get(i);
            boolean covered = merged.stream().anyMatch(m -> m.covers(one))
                    || all.subList(i + 1, all.size()).stream()
                            .anyMatch(later -> !later.equals(one) && later.covers(one));
            if (!covered) {
                merged.add(one);
            }
        }
        return merged;
    }
}
