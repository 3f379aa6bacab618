package dev.navarch.controllers.nodelifecycle;

import io.fabric8.kubernetes.api.model.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How nodes that are near each other do, and so how fast pods are moved off those that are lost. source: kubernetes
 * pkg/controller/nodelifecycle/node_lifecycle_controller.go (ComputeZoneState, ReducedQPSFunc, HealthyQPSFunc) and the
 * defaults of its flags.
 *
 * @param ready nodes that are
 * @param lost nodes that are not
 */
record Zone(int ready, int lost) {
    private static final String REGION = "topology.kubernetes.io/region";
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String BETWEEN = ":\u0000:";

    private static final double UNHEALTHY = 0.55;
    private static final int FEW = 2;
    private static final int LARGE = 50;
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final Duration LONG_PAUSE = Duration.ofSeconds(100);

    enum State {
        NORMAL,
        /** Most nodes are lost: is it they? */
        PARTIAL,
        /** All are. */
        FULL
    }

    static Zone of(List<Node> nodes) {
        int ready = (int) nodes.stream()
                .filter(node -> Taints.condition(node, "Ready").equals("True"))
                .count();
        return new Zone(ready, nodes.size() - ready);
    }

    /** What nodes near each other have in common; source: k8s.io/component-helpers node/topology. */
    static String key(Node node) {
        var labels = node.getMetadata().getLabels() == null
                ? Map.<String, String>of()
                : node.getMetadata().getLabels();
        var region = labels.getOrDefault(REGION, "");
        var zone = labels.getOrDefault(ZONE, "");
        return region.isEmpty() && zone.isEmpty() ? "" : region + BETWEEN + zone;
    }

    int size() {
        return ready + lost;
    }

    /** In percent. */
    double health() {
        return size() == 0 ? 100 : 100.0 * ready / size();
    }

    State state() {
        if (ready == 0 && lost > 0) {
            return State.FULL;
        }
        return lost > FEW && (double) lost / size() >= UNHEALTHY ? State.PARTIAL : State.NORMAL;
    }

    /** How long to wait between two nodes; empty if none is given up. */
    Optional<Duration> pause() {
        return switch (state()) {
            case NORMAL, FULL -> Optional.of(PAUSE);
            case PARTIAL -> size() > LARGE ? Optional.of(LONG_PAUSE) : Optional.empty();
        };
    }
}
