package dev.navarch.scheduler.framework;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which nodes are together, for the labels that were asked for once: those that have the same value of a label. Used by
 * one thread.
 */
public final class Topologies {
    private final Iterable<NodeInfo> nodes;
    private final Map<String, Topology> byLabel = new HashMap<>();
    private final List<Topology> all = new ArrayList<>();

    /** @param nodes all that there are when a label is asked for the first time */
    public Topologies(Iterable<NodeInfo> nodes) {
        this.nodes = nodes;
    }

    /** @param step 1 for a node that came, -1 for one that left */
    public void count(NodeInfo node, int step) {
        for (var topology : all) {
            topology.count(node, step);
        }
    }

    /** Forgets values that no node has any more; to be called when no pods are counted on such nodes. */
    public void settle() {
        for (var topology : all) {
            topology.settle();
        }
    }

    /** The topology of a label. */
    public Topology of(String label) {
        var topology = byLabel.get(label);
        if (topology == null) {
            topology = new Topology(this, label, all.size());
            byLabel.put(label, topology);
            all.add(topology);
            for (var node : nodes) {
                topology.count(node, 1);
            }
        }
        return topology;
    }
}
