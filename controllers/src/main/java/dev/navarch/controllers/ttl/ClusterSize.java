package dev.navarch.controllers.ttl;

import java.util.List;

/**
 * The number of nodes and the time to live that goes with it; the ranges overlap so that it does not flutter. source:
 * kubernetes pkg/controller/ttl/ttl_controller.go.
 */
final class ClusterSize {
    private record Range(int least, int most, int seconds) {}

    private static final List<Range> RANGES = List.of(
            new Range(0, 100, 0),
            new Range(90, 500, 15),
            new Range(450, 1000, 30),
            new Range(900, 2000, 60),
            new Range(1800, Integer.MAX_VALUE, 300));

    private int nodes;
    private int step;

    synchronized void grow() {
        nodes++;
        if (nodes > RANGES.get(step).most) {
            step++;
        }
    }

    synchronized void shrink() {
        nodes--;
        if (nodes < RANGES.get(step).least) {
            step--;
        }
    }

    synchronized int seconds() {
        return RANGES.get(step).seconds;
    }
}
