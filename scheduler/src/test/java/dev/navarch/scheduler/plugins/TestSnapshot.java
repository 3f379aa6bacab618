package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodGroups;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Topologies;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    public PodGroups pods() {
        var groups = new PodGroups(name -> node(name).orElse(null));
        nodes.forEach(node -> node.pods().forEach(pod -> groups.count(pod, node, 1)));
        return groups;
    }

    @Override
    public Topologies topologies() {
        return new Topologies(nodes);
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
