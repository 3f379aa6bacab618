package dev.navarch.scheduler.framework;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many of some pods are on each node and, for the topologies that were asked for once, in each domain. Kept true by
 * steps, so that asking costs nothing that grows with the cluster. Used by one thread.
 */
public final class Tally {
    private final Function<String, @Nullable NodeInfo> nodes;
    private final Map<String, Integer> byNode = new HashMap<>();
    /** By the topology's index. */
    private @Nullable Of[] byTopology = {};

    private record Of(Topology topology, Counts counts) {}

    /** @param nodes by name, as they were last told to {@link #add} */
    Tally(Function<String, @Nullable NodeInfo> nodes) {
        this.nodes = nodes;
    }

    /** @param step 1 for a pod that came, -1 for one that left */
    void add(NodeInfo node, int step) {
        byNode.merge(node.name(), step, Tally::sum);
        for (var of : byTopology) {
            if (of != null) {
                count(of, node, step);
            }
        }
    }

    private static void count(Of of, NodeInfo node, int step) {
        int domain = of.topology.of(node);
        if (domain != Topology.NONE) {
            of.counts.add(domain, step);
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

    /** How many are in each domain; a view. Nodes without the label don't count. */
    public Counts by(Topology topology) {
        if (topology.index() >= byTopology.length) {
            byTopology = Arrays.copyOf(byTopology, topology.index() + 1);
        }
        var known = byTopology[topology.index()];
        if (known == null) {
            var made = new Of(topology, new Counts());
            byNode.forEach((name, count) -> {
                var node = nodes.apply(name);
                if (node != null) {
                    count(made, node, count);
                }
            });
            byTopology[topology.index()] = made;
            known = made;
        }
        return known.counts;
    }
}
