package dev.navarch.scheduler.framework;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The cluster as one scheduling cycle sees it: it does not change while the cycle runs. */
public interface Snapshot {
    /** All nodes, of zones in turn, in an order that changes only when nodes come and go or change their zones. */
    List<NodeInfo> nodes();

    Optional<NodeInfo> node(String name);

    /** The pods on nodes by their labels and by their rules on the pods beside them. */
    PodGroups pods();

    /** Which nodes are together. */
    Topologies topologies();

    /** How many nodes have the image of that name. */
    int nodesWithImage(String image);

    /** The labels of a namespace; none if it is not known. */
    Map<String, String> namespaceLabels(String namespace);
}
