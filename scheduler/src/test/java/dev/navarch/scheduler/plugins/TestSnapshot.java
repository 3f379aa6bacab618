package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Snapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** A cluster of given nodes. */
record TestSnapshot(List<NodeInfo> nodes, Map<String, Map<String, String>> namespaces) implements Snapshot {
    static TestSnapshot of(NodeInfo... nodes) {
        return new TestSnapshot(List.of(nodes), Map.of());
    }

    @Override
    public Optional<NodeInfo> node(String name) {
        return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
    }

    @Override
    public Collection<NodeInfo> nodesWithPodAffinity() {
        return nodes.stream().filter(NodeInfo::hasPodsWithAffinity).toList();
    }

    @Override
    public Collection<NodeInfo> nodesWithRequiredAntiAffinity() {
        return nodes.stream().filter(NodeInfo::hasPodsWithRequiredAntiAffinity).toList();
    }

    @Override
    public Map<String, Integer> podsByNode(String namespace, Predicate<Map<String, String>> labels) {
        var counts = new HashMap<String, Integer>();
        for (var node : nodes) {
            for (var pod : node.pods()) {
                if (pod.namespace().equals(namespace) && !pod.terminating() && labels.test(pod.labels())) {
                    counts.merge(node.name(), 1, Integer::sum);
                }
            }
        }
        return counts;
    }

    @Override
    public int nodesWithImage(String image) {
        return (int)
                nodes.stream().filter(node -> node.images().containsKey(image)).count();
    }

    @Override
    public Map<String, String> namespaceLabels(String namespace) {
        return namespaces.getOrDefault(namespace, Map.of());
    }
}
