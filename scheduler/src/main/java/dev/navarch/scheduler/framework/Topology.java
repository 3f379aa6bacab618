package dev.navarch.scheduler.framework;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The values that one label has on nodes. Each has a small number, its domain, so that what is counted by domain is an
 * array, and each node knows its domain. Used by one thread.
 */
public final class Topology {
    /** The domain of nodes that lack the label. */
    public static final int NONE = -1;

    private final Topologies owner;
    private final String label;
    private final int index;
    private final Map<String, Integer> domains = new HashMap<>();
    private int[] nodes = new int[8];
    private int[] free = new int[8];
    private int freed;
    private int bound;
    private int present;
    private int labelled;
    /** Whether there may be values that no node has. */
    private boolean unsettled;

    /** @param index among the owner's */
    Topology(Topologies owner, String label, int index) {
        this.owner = owner;
        this.label = label;
        this.index = index;
    }

    public String label() {
        return label;
    }

    int index() {
        return index;
    }

    /** The domain in which a node is; {@link #NONE} without the label. Costs an array's read but for the first time. */
    public int of(NodeInfo node) {
        return node.place().domain(owner, this);
    }

    /** What {@link #of} remembers. */
    int find(NodeInfo.Place place) {
        var value = place.labels().get(label);
        if (value == null) {
            return NONE;
        }
        var known = domains.get(value);
        if (known != null) {
            return known;
        }
        int domain = freed > 0 ? free[--freed] : bound++;
        if (nodes.length < bound) {
            nodes = Arrays.copyOf(nodes, 2 * bound);
        }
        domains.put(value, domain);
        unsettled = true;
        return domain;
    }

    void count(NodeInfo node, int step) {
        int domain = of(node);
        if (domain == NONE) {
            return;
        }
        labelled += step;
        int before = nodes[domain];
        nodes[domain] += step;
        present += (nodes[domain] > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
        unsettled |= nodes[domain] <= 0;
    }

    void settle() {
        if (!unsettled) {
            return;
        }
        unsettled = false;
        domains.values().removeIf(domain -> {
            if (nodes[domain] > 0) {
                return false;
            }
            if (freed == free.length) {
                free = Arrays.copyOf(free, 2 * freed);
            }
            free[freed++] = domain;
            return true;
        });
    }

    /** All domains are less than this. */
    public int bound() {
        return bound;
    }

    /** Whether any node is in a domain. */
    public boolean has(int domain) {
        return domain < bound && nodes[domain] > 0;
    }

    /** How many domains have nodes. */
    public int size() {
        return present;
    }

    /** How many nodes have the label. */
    public int nodes() {
        return labelled;
    }
}
