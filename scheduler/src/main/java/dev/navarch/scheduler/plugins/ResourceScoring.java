package dev.navarch.scheduler.plugins;

import static dev.navarch.scheduler.framework.Plugin.Score.MAX;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Resources;
import java.util.List;

/**
 * How good a node is by the shares of its resources that would be used (source: plugins/noderesources,
 * resource_allocation.go, least_allocated.go, most_allocated.go, requested_to_capacity_ratio.go).
 *
 * @param shape of {@link Strategy#RATIO}; utilizations ascend
 */
record ResourceScoring(Strategy strategy, List<Weighted> resources, List<Point> shape) {
    /** A resource and how much it counts. */
    record Weighted(String name, int weight) {}

    /** @param score from 0 to 10 */
    record Point(int utilization, int score) {}

    enum Strategy {
        LEAST("LeastAllocated"),
        MOST("MostAllocated"),
        RATIO("RequestedToCapacityRatio");

        private final String text;

        Strategy(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** CPU and memory, alike. */
    static final List<Weighted> STANDARD = List.of(new Weighted("cpu", 1), new Weighted("memory", 1));

    private static final int POINT = 10;

    long score(PodInfo pod, NodeInfo node) {
        long sum = 0;
        long weights = 0;
        for (var resource : resources) {
            var name = resource.name();
            long has = capacity(pod, node, name);
            if (has == 0) {
                continue;
            }
            long wanted = amount(node.nonZeroRequested(), node.requested(), name)
                    + amount(pod.nonZeroRequests(), pod.requests(), name);
            long score = score(wanted, has);
            if (strategy != Strategy.RATIO || score > 0) {
                sum += score * resource.weight();
                weights += resource.weight();
            }
        }
        if (weights == 0) {
            return 0;
        }
        return strategy == Strategy.RATIO ? Math.round((double) sum / weights) : sum / weights;
    }

    /** How much a node has; 0 of what the pod does not ask for, unless that is counted for all pods. */
    static long capacity(PodInfo pod, NodeInfo node, String name) {
        return isCommon(name) || pod.requests().amount(name) > 0
                ? node.allocatable().amount(name)
                : 0;
    }

    private static boolean isCommon(String name) {
        return name.equals("cpu") || name.equals("memory") || name.equals("ephemeral-storage");
    }

    private static long amount(Resources nonZero, Resources exact, String name) {
        return name.equals("cpu") || name.equals("memory") ? nonZero.amount(name) : exact.amount(name);
    }

    private long score(long wanted, long has) {
        return switch (strategy) {
            case LEAST -> wanted > has || wanted < 0 ? 0 : (has - wanted) * MAX / has;
            case MOST -> wanted < 0 ? 0 : Math.min(wanted, has) * MAX / has;
            case RATIO -> shaped(wanted > has || wanted < 0 ? MAX : wanted * MAX / has);
        };
    }

    private long shaped(long utilization) {
        for (int i = 0; i < shape.size(); i++) {
            var point = shape.get(i);
            if (utilization <= point.utilization()) {
                if (i == 0) {
                    return (long) point.score() * POINT;
                }
                var before = shape.get(i - 1);
                return (long) before.score() * POINT
                        + (point.score() - before.score())
                                * (long) POINT
                                * (utilization - before.utilization())
                                / (point.utilization() - before.utilization());
            }
        }
        return (long) shape.getLast().score() * POINT;
    }
}
