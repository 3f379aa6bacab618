package dev.navarch.api.quota;

import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.QuantityException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Quantities by the name of what they measure, sorted (source: k8s.io/apiserver pkg/quota/v1/resources.go). */
public final class Amounts {
    private Amounts() {}

    /** What a tree says; what is no quantity, validation refuses elsewhere, is left out. */
    public static Map<String, Quantity> of(JsonNode tree) {
        Map<String, Quantity> amounts = new TreeMap<>();
        for (var member : tree.properties()) {
            try {
                amounts.put(member.getKey(), Quantity.parse(member.getValue().asString("")));
            } catch (QuantityException _) {
                // left out
            }
        }
        return amounts;
    }

    public static ObjectNode tree(Map<String, Quantity> amounts) {
        var tree = JsonNodeFactory.instance.objectNode();
        amounts.forEach((name, amount) -> tree.put(name, amount.toString()));
        return tree;
    }

    /** Changes {@code to}. */
    public static void add(Map<String, Quantity> to, Map<String, Quantity> more) {
        merge(to, more, Quantity::plus);
    }

    /** Raises {@code to} to at least the others. Changes it. */
    static void raise(Map<String, Quantity> to, Map<String, Quantity> others) {
        merge(to, others, (a, b) -> a.compareTo(b) < 0 ? b : a);
    }

    private static void merge(Map<String, Quantity> to, Map<String, Quantity> more, BinaryOperator<Quantity> how) {
        more.forEach((name, amount) -> to.merge(name, amount, how));
    }

    /** Like "cpu=1,pods=2", by name. */
    public static String text(Map<String, Quantity> amounts) {
        return amounts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(","));
    }
}
