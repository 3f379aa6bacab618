package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** The scheduling thread's snapshot. Only that thread uses it. */
final class ClusterSnapshot implements Snapshot {
    private final Function<String, Map<String, String>> namespaceLabels;
    private final ArrayList<NodeInfo> nodes = new ArrayList<>();
    private final Map<String, Integer> positions = new HashMap<>();
    private final Map<String, NodeInfo> withAffinity = new LinkedHashMap<>();
    private final Map<String, NodeInfo> withAntiAffinity = new LinkedHashMap<>();
    private final PodIndex pods = new PodIndex();
    private final Map<String, Integer> imageCounts = new HashMap<>();
    private final Set<String> removed = new HashSet<>();

    ClusterSnapshot(Function<String, Map<String, String>> namespaceLabels) {
        this.namespaceLabels = namespaceLabels;
    }

    void put(NodeInfo info) {
        var position = positions.get(info.name());
        countImages(position == null ? Map.of() : nodes.get(position).images(), info.images());
        if (position == null) {
            positions.put(info.name(), nodes.size());
            nodes.add(info);
        } else {
            nodes.set(position, info);
        }
        keep(withAffinity, info, info.hasPodsWithAffinity());
        keep(withAntiAffinity, info, info.hasPodsWithRequiredAntiAffinity());
    }

    private void countImages(Map<String, Long> before, Map<String, Long> now) {
        if (before == now) {
            return;
        }
        before.keySet()
                .forEach(image -> imageCounts.computeIfPresent(image, (_, count) -> count == 1 ? null : count - 1));
        now.keySet().forEach(image -> imageCounts.merge(image, 1, Integer::sum));
    }

    /** @param step 1 for a pod that came, -1 for one that left */
    void count(PodInfo pod, String node, int step) {
        pods.count(pod, node, step);
    }

    @Override
    public Map<String, Integer> podsByNode(String namespace, Predicate<Map<String, String>> labels) {
        return pods.byNode(namespace, labels);
    }

    @Override
    public int nodesWithImage(String image) {
        return imageCounts.getOrDefault(image, 0);
    }

    private static void keep(Map<String, NodeInfo> in, NodeInfo info, boolean belongs) {
        if (belongs) {
            in.put(info.name(), info);
        } else {
            in.remove(info.name());
        }
    }

    void remove(String name) {
        var position = positions.remove(name);
        if (position != null) {
            countImages(nodes.get(position).images(), Map.of());
            removed.add(name);
        }
        withAffinity.remove(name);
        withAntiAffinity.remove(name);
    }

    /** Closes the gaps that removals left. */
    void settle() {
        if (removed.isEmpty()) {
            return;
        }
        nodes.removeIf(info -> !positions.containsKey(info.name()));
        removed.clear();
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
        var position = positions.get(name);
        return position == null ? Optional.empty() : Optional.of(nodes.get(position));
    }

    @Override
    public Collection<NodeInfo> nodesWithPodAffinity() {
        return Collections.unmodifiableCollection(withAffinity.values());
    }

    @Override
    public Collection<NodeInfo> nodesWithRequiredAntiAffinity() {
        return Collections.unmodifiableCollection(withAntiAffinity.values());
    }

    @Override
    public Map<String, String> namespaceLabels(String namespace) {
        return namespaceLabels.apply(namespace);
    }
}
