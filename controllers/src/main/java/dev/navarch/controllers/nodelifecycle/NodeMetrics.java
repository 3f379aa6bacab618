package dev.navarch.controllers.nodelifecycle;

import dev.navarch.controllers.ControllerMetrics;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What is counted of nodes. source: kubernetes pkg/controller/nodelifecycle/metrics.go. */
final class NodeMetrics {
    private final Gauge health;
    private final Gauge sizes;
    private final Gauge unhealthy;
    private final Counter evictions;
    private final Histogram one;
    private final Histogram all;
    /** Used by the one worker. */
    private final Set<String> shown = new HashSet<>();

    NodeMetrics(ControllerMetrics metrics) {
        health = metrics.gauge("node_collector_zone_health", "Ready nodes of a zone in percent.", "zone");
        sizes = metrics.gauge("node_collector_zone_size", "Nodes of a zone.", "zone");
        unhealthy =
                metrics.gauge("node_collector_unhealthy_nodes_in_zone", "Nodes of a zone that are not ready.", "zone");
        evictions = metrics.counter("node_collector_evictions_total", "Nodes off which pods are moved.", "zone");
        one = metrics.histogram(
                "node_collector_update_node_health_duration_seconds",
                "Time to judge one node.",
                ControllerMetrics.exponential(0.001, 4, 8));
        all = metrics.histogram(
                "node_collector_update_all_nodes_health_duration_seconds",
                "Time to judge all nodes.",
                ControllerMetrics.exponential(0.01, 4, 8));
    }

    void show(Map<String, Zone> zones) {
        shown.removeIf(key -> {
            boolean gone = !zones.containsKey(key);
            if (gone) {
                health.remove(key);
                sizes.remove(key);
                unhealthy.remove(key);
            }
            return gone;
        });
        zones.forEach((key, zone) -> {
            shown.add(key);
            health.labelValues(key).set(zone.health());
            sizes.labelValues(key).set(zone.size());
            unhealthy.labelValues(key).set(zone.lost());
            evictions.initLabelValues(key);
        });
    }

    void evicted(String zone) {
        evictions.labelValues(zone).inc();
    }

    void judgedOne(long nanos) {
        one.observe(ControllerMetrics.seconds(Duration.ofNanos(nanos)));
    }

    void judgedAll(long nanos) {
        all.observe(ControllerMetrics.seconds(Duration.ofNanos(nanos)));
    }
}
