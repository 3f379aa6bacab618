package dev.navarch.scheduler.framework;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes are together, for the labels that were asked for once: those that have the same value of a label. Used by
 * one thread.
 */
public final class Topologies {
    /** So many sets of nodes are kept. */
    private static final int SETS = 64;

    private final Iterable<NodeInfo> nodes;
    private final Function<String, @Nullable NodeInfo> byName;
    private final Map<NodeSet, Tally> sets = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<NodeSet, Tally> eldest) {
            return size() > SETS;
        }
    };
    private final Map<String, Topology> byLabel = new HashMap<>();
    private final List<Topology> all = new ArrayList<>();

    /** Nodes of some kind, by their names, labels and taints. Equal ones are of the same nodes. */
    public interface NodeSet {
        boolean test(NodeInfo node);
    }

    /** @param nodes all that there are when a label or a set is asked for the first time */
    public Topologies(Iterable<NodeInfo> nodes, Function<String, @Nullable NodeInfo> byName) {
        this.nodes = nodes;
        this.byName = byName;
    }

    /** @param step 1 for a node that came or has new labels or taints, -1 for one that left or as it was before */
    public void count(NodeInfo node, int step) {
        for (var topology : all) {
            topology.count(node, step);
        }
        sets.forEach((set, members) -> {
            if (set.test(node)) {
                members.add(node, step);
            }
        });
    }

    /** The nodes of a set, each counted once: found when it is first asked for, and kept while nodes come and go. */
    public Tally in(NodeSet set) {
        var known = sets.get(set);
        if (known == null) {
            known = new Tally(byName);
            for (var node : nodes) {
                if (set.test(node)) {
                    known.add(node, 1);
                }
            }
            sets.put(set, known);
        }
        return known;
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
