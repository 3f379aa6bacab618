package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The nodes with their pods, as they were observed and, of pods whose binding is on its way, assumed. Safe for use by
 * many threads.
 *
 * <p>source: pkg/scheduler/backend/cache.
 */
final class ClusterCache {
    /** A set that was larger is not kept: going through it and emptying it would cost its size, each time. */
    private static final int FEW = 64;

    private final Map<String, NodeInfo> nodes = new LinkedHashMap<>();
    private final Map<String, Placed> pods = new HashMap<>();
    /** Of pods whose node is not known (yet), by node and uid. */
    private final Map<String, Map<String, PodInfo>> strays = new HashMap<>();
    /** Names of the nodes that changed since the last {@link #bringUpToDate}. */
    private Set<String> changed = new HashSet<>();

    /** Pods that came to nodes and left them, likewise, in order. */
    private final List<Move> moves = new ArrayList<>();

    private boolean namespacesChanged;

    /** @param node with the labels that it had then */
    private record Move(PodInfo pod, NodeInfo node, int step) {}

    private record Placed(PodInfo pod, String node, boolean assumed) {}

    synchronized void setNode(Node node) {
        var name = node.getMetadata().getName();
        var known = nodes.get(name);
        var info = known == null ? new NodeInfo(node) : known.with(node);
        if (known == null) {
            var here = strays.remove(name);
            if (here != null) {
                for (var pod : here.values()) {
                    info = info.with(pod);
                    moves.add(new Move(pod, info, 1));
                }
            }
        } else if (!known.standsAs(info)) {
            for (var pod : known.pods()) {
                moves.add(new Move(pod, known, -1));
                moves.add(new Move(pod, info, 1));
            }
        }
        put(name, info);
    }

    /** Labels of namespaces are others than before. */
    synchronized void namespaceLabelsChanged() {
        namespacesChanged = true;
    }

    synchronized void removeNode(String name) {
        var info = nodes.remove(name);
        if (info != null) {
            changed.add(name);
            for (var pod : info.pods()) {
                stray(name, pod);
                moves.add(new Move(pod, info, -1));
            }
        }
    }

    /** A pod was seen on its node. Confirms what was assumed, or corrects it. */
    synchronized void setPod(PodInfo pod, String node) {
        var known = pods.get(pod.uid());
        var info = nodes.get(node);
        if (known != null && info != null && known.node().equals(node) && pod.countsAs(known.pod())) {
            pods.put(pod.uid(), new Placed(pod, node, false));
            put(node, info.with(known.pod(), pod));
            return;
        }
        take(pod.uid());
        place(pod, node, false);
    }

    /**
     * The pod is on its way to the node.
     *
     * @return false if the pod has a node already
     */
    synchronized boolean assume(PodInfo pod, String node) {
        if (pods.containsKey(pod.uid())) {
            return false;
        }
        place(pod, node, true);
        return true;
    }

    /** Takes back an assumption; does nothing if it was confirmed meanwhile. */
    synchronized void forget(PodInfo pod) {
        var placed = pods.get(pod.uid());
        if (placed != null && placed.assumed()) {
            take(pod.uid());
        }
    }

    synchronized void removePod(String uid) {
        take(uid);
    }

    /** A node with its pods as they are now; empty if it is not known. */
    synchronized Optional<NodeInfo> node(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    /** The version of a pod that is or is assumed to be on a node. */
    synchronized Optional<PodInfo> placed(String uid) {
        return Optional.ofNullable(pods.get(uid)).map(Placed::pod);
    }

    /** The node that a pod is or is assumed to be on. */
    synchronized Optional<String> nodeOf(String uid) {
        return Optional.ofNullable(pods.get(uid)).map(Placed::node);
    }

    private void place(PodInfo pod, String node, boolean assumed) {
        pods.put(pod.uid(), new Placed(pod, node, assumed));
        var info = nodes.get(node);
        if (info == null) {
            stray(node, pod);
        } else {
            put(node, info.with(pod));
            moves.add(new Move(pod, info, 1));
        }
    }

    private void stray(String node, PodInfo pod) {
        strays.computeIfAbsent(node, _ -> new LinkedHashMap<>()).put(pod.uid(), pod);
    }

    private void take(String uid) {
        var placed = pods.remove(uid);
        if (placed == null) {
            return;
        }
        var info = nodes.get(placed.node());
        if (info != null) {
            put(placed.node(), info.without(uid));
            moves.add(new Move(placed.pod(), info, -1));
            return;
        }
        var here = strays.get(placed.node());
        if (here != null) {
            here.remove(uid);
            if (here.isEmpty()) {
                strays.remove(placed.node());
            }
        }
    }

    private void put(String name, NodeInfo info) {
        nodes.put(name, info);
        changed.add(name);
    }

    /**
     * Replaces in the snapshot what changed since the last call. There is one snapshot for each cache.
     *
     * @return how many nodes did
     */
    synchronized int bringUpToDate(ClusterSnapshot snapshot) {
        int replaced = changed.size();
        for (var name : changed) {
            var info = nodes.get(name);
            if (info == null) {
                snapshot.remove(name);
            } else {
                snapshot.put(info);
            }
        }
        if (replaced > FEW) {
            changed = new HashSet<>();
        } else {
            changed.clear();
        }
        moves.forEach(move -> snapshot.count(move.pod(), move.node(), move.step()));
        moves.clear();
        snapshot.settle();
        if (namespacesChanged) {
            namespacesChanged = false;
            snapshot.namespaceLabelsChanged();
        }
        return replaced;
    }

    /** How much is known. */
    record Size(int nodes, int pods, int assumed) {}

    synchronized Size size() {
        int assumed = (int) pods.values().stream().filter(Placed::assumed).count();
        return new Size(nodes.size(), pods.size(), assumed);
    }
}
