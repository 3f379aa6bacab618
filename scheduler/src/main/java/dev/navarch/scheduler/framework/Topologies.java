package dev.navarch.scheduler.framework;

import java.util.HashMap;
import java.util.Map;

/** How many nodes have which value of a label, for the labels that were asked for once. Used by one thread. */
public final class Topologies {
    private final Iterable<NodeInfo> nodes;
    private final Map<String, Values> byLabel = new HashMap<>();

    /** The values of one label. */
    private static final class Values {
        private final Map<String, Integer> counts = new HashMap<>();
        private int nodes;

        void count(Map<String, String> labels, String label, int step) {
            var value = labels.get(label);
            if (value != null) {
                counts.merge(value, step, Tally::sum);
                nodes += step;
            }
        }
    }

    /** @param nodes all that there are when a label is asked for the first time */
    public Topologies(Iterable<NodeInfo> nodes) {
        this.nodes = nodes;
    }

    /** @param step 1 for labels that are on one more node, -1 for one less */
    public void count(Map<String, String> labels, int step) {
        byLabel.forEach((label, values) -> values.count(labels, label, step));
    }

    private Values values(String label) {
        return byLabel.computeIfAbsent(label, _ -> {
            var values = new Values();
            nodes.forEach(node -> values.count(node.labels(), label, 1));
            return values;
        });
    }

    /** The values of a label, with the number of nodes that have each; a view. */
    public Map<String, Integer> of(String label) {
        return values(label).counts;
    }

    /** How many nodes have the label. */
    public int nodesWith(String label) {
        return values(label).nodes;
    }
}
