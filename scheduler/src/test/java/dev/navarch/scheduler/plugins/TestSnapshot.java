package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodGroups;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Topologies;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A cluster of given nodes. */
record TestSnapshot(
        List<NodeInfo> nodes, Map<String, Map<String, String>> namespaces, PodGroups pods, Topologies topologies)
        implements Snapshot {
    TestSnapshot(List<NodeInfo> nodes, Map<String, Map<String, String>> namespaces) {
        this(
                nodes,
                namespaces,
                new PodGroups(name -> named(nodes, name).orElse(null)),
                new Topologies(nodes, name -> named(nodes, name).orElse(null)));
        nodes.forEach(node -> node.pods().forEach(pod -> pods.count(pod, node, 1)));
    }

    static TestSnapshot of(NodeInfo... nodes) {
        return new TestSnapshot(List.of(nodes), Map.of());
    }

    private static Optional<NodeInfo> named(List<NodeInfo> nodes, String name) {
        return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
    }

    @Override
    public Optional<NodeInfo> node(String name) {
        return named(nodes, name);
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
