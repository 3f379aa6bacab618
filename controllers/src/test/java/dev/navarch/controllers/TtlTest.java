package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.Node;
import org.junit.jupiter.api.Test;

/** The annotation of nodes that follows the size of the cluster. */
class TtlTest {
    private static final String ANNOTATION = "node.alpha.kubernetes.io/ttl";

    private static boolean is(SimulatedCluster cluster, String node, String seconds) {
        return seconds.equals(
                cluster.get(Node.class, "", node).getMetadata().getAnnotations().get(ANNOTATION));
    }

    @Test
    void itFollowsTheSizeWithoutFluttering() {
        try (var cluster = new SimulatedCluster(1)) {
            for (int i = 0; i < 100; i++) {
                cluster.api.put(cluster.node("n" + i));
            }
            cluster.until("the small cluster's", () -> is(cluster, "n0", "0") && is(cluster, "n99", "0"));
            cluster.api.put(cluster.node("n100"));
            cluster.until("the middle one's", () -> is(cluster, "n100", "15"));
            for (int i = 91; i <= 100; i++) {
                cluster.api.remove(cluster.get(Node.class, "", "n" + i));
            }
            cluster.api.put(cluster.node("n0"));
            cluster.until("still the middle one's", () -> is(cluster, "n0", "15"));
            cluster.api.remove(cluster.get(Node.class, "", "n90"));
            cluster.api.remove(cluster.get(Node.class, "", "n89"));
            cluster.until("the nodes are seen to go, and a status told again", () -> {
                cluster.api.put(cluster.get(Node.class, "", "n0"));
                return is(cluster, "n0", "0");
            });
        }
    }
}
