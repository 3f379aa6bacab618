package dev.navarch.scheduler.framework;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The cluster as one scheduling cycle sees it: it does not change while the cycle runs. */
public interface Snapshot {
    /** All nodes, in an order that changes only when nodes come and go. */
    List<NodeInfo> nodes();

    Optional<NodeInfo> node(String name);

    /** Those on which a pod has rules on the pods beside it. */
    Collection<NodeInfo> nodesWithPodAffinity();

    Collection<NodeInfo> nodesWithRequiredAntiAffinity();

    /** How many pods of a namespace there are that match by their labels and are not terminating, by node. */
    Map<String, Integer> podsByNode(String namespace, Predicate<Map<String, String>> labels);

    /** How many nodes have the image of that name. */
    int nodesWithImage(String image);

    /** The labels of a namespace; none if it is not known. */
    Map<String, String> namespaceLabels(String namespace);
}
