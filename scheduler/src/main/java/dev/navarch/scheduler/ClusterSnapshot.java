package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodGroups;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Topologies;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The scheduling thread's snapshot. Only that thread uses it. */
final class ClusterSnapshot implements Snapshot {
    private final Function<String, Map<String, String>> namespaceLabels;
    private final ArrayList<NodeInfo> nodes = new ArrayList<>();
    private final Map<String, NodeInfo> byName = new LinkedHashMap<>();
    private final Map<String, Integer> positions = new HashMap<>();
    private final PodGroups pods = new PodGroups(byName::get);
    private final Topologies topologies = new Topologies(byName.values(), byName::get);
    private final Map<String, Integer> imageCounts = new HashMap<>();
    private boolean orderChanged;

    ClusterSnapshot(Function<String, Map<String, String>> namespaceLabels) {
        this.namespaceLabels = namespaceLabels;
    }

    void put(NodeInfo info) {
        var before = byName.put(info.name(), info);
        countImages(before == null ? Map.of() : before.images(), info.images());
        if (before == null) {
            topologies.count(info, 1);
            orderChanged = true;
        } else {
            if (!before.standsAs(info)) {
                topologies.count(before, -1);
                topologies.count(info, 1);
                orderChanged |= !before.zone().equals(info.zone());
            }
            var position = positions.get(info.name());
            if (position != null) {
                nodes.set(position, info);
            }
        }
    }

    private void countImages(Map<String, Long> before, Map<String, Long> now) {
        if (before == now) {
            return;
        }
        before.keySet()
                .forEach(image -> imageCounts.computeIfPresent(image, (_, count) -> count == 1 ? null : count - 1));
        now.keySet().forEach(image -> imageCounts.merge(image, 1, Integer::sum));
    }

    /**
     * @param node as it was when the pod came or left
     * @param step 1 for a pod that came, -1 for one that left
     */
    void count(PodInfo pod, NodeInfo node, int step) {
        pods.count(pod, node, step);
    }

    void remove(String name) {
        var before = byName.remove(name);
        if (before != null) {
            countImages(before.images(), Map.of());
            topologies.count(before, -1);
            orderChanged = true;
        }
    }

    /** Of some namespace. */
    void namespaceLabelsChanged() {
        pods.namespacesChanged();
    }

    /** Brings the nodes into their order again: one of each zone in turn (source: backend/cache/node_tree.go). */
    void settle() {
        topologies.settle();
        if (!orderChanged) {
            return;
        }
        orderChanged = false;
        var zones = new LinkedHashMap<String, List<NodeInfo>>();
        for (var node : byName.values()) {
            zones.computeIfAbsent(node.zone(), _ -> new ArrayList<>()).add(node);
        }
        nodes.clear();
        for (int i = 0; nodes.size() < byName.size(); i++) {
            for (var zone : zones.values()) {
                if (i < zone.size()) {
                    nodes.add(zone.get(i));
                }
            }
        }
        positions.clear();
        for (int i = 0; i < nodes.size(); i++) {
            positions.put(nodes.get(i).name(), i);
        }
    }

    @Override
    public List<NodeInfo> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    @Override
    public Optional<NodeInfo> node(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    @Override
    public PodGroups pods() {
        return pods;
    }

    @Override
    public Topologies topologies() {
        return topologies;
    }

    @Override
    public int nodesWithImage(String image) {
        return imageCounts.getOrDefault(image, 0);
    }

    @Override
    public Map<String, String> namespaceLabels(String namespace) {
        return namespaceLabels.apply(namespace);
    }
}
