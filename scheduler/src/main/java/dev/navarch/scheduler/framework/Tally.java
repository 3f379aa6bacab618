package dev.navarch.scheduler.framework;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many of some pods are on each node and, for the labels that were asked for once, in each topology: on all nodes
 * that have the same value of a label. Kept true by steps, so that asking costs nothing that grows with the cluster.
 * Used by one thread.
 */
public final class Tally {
    private final Function<String, @Nullable NodeInfo> nodes;
    private final Map<String, Integer> byNode = new HashMap<>();
    private final Map<String, Map<String, Integer>> byLabel = new HashMap<>(2);

    /** @param nodes by name, as they were last told to {@link #add} */
    Tally(Function<String, @Nullable NodeInfo> nodes) {
        this.nodes = nodes;
    }

    /** @param step 1 for a pod that came, -1 for one that left */
    void add(NodeInfo node, int step) {
        byNode.merge(node.name(), step, Tally::sum);
        byLabel.forEach((key, counts) -> count(counts, node.labels().get(key), step));
    }

    private static void count(Map<String, Integer> counts, @Nullable String value, int step) {
        if (value != null) {
            counts.merge(value, step, Tally::sum);
        }
    }

    /** Null, which takes the entry out, if nothing is left. */
    public static @Nullable Integer sum(int one, int other) {
        return one + other == 0 ? null : Integer.valueOf(one + other);
    }

    public boolean isEmpty() {
        return byNode.isEmpty();
    }

    /** How many are on a node. */
    public int on(String node) {
        return byNode.getOrDefault(node, 0);
    }

    /** The nodes that have any, and how many; a view. */
    public Map<String, Integer> byNode() {
        return byNode;
    }

    /** How many are in each topology, by the value of the label; a view. Nodes without the label don't count. */
    public Map<String, Integer> by(String label) {
        var counts = byLabel.get(label);
        if (counts == null) {
            var made = new HashMap<String, Integer>();
            byNode.forEach((name, count) -> {
                var node = nodes.apply(name);
                count(made, node == null ? null : node.labels().get(label), count);
            });
            byLabel.put(label, made);
            counts = made;
        }
        return counts;
    }
}
