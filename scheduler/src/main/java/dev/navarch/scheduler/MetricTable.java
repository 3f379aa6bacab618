package dev.navarch.scheduler;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.Consumer;

/** Registers metrics of the subsystem {@code scheduler}. Help begins with the stability, as upstream's does. */
final class MetricTable {
    private static final String SUBSYSTEM = "scheduler_";

    private final PrometheusRegistry registry = new PrometheusRegistry();

    Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name(SUBSYSTEM + name)
                .help(help)
                .labelNames(labels)
                .register(registry);
    }

    void counter(String name, String help, Consumer<CounterWithCallback.Callback> values, String... labels) {
        CounterWithCallback.builder()
                .name(SUBSYSTEM + name)
                .help(help)
                .labelNames(labels)
                .callback(values)
                .register(registry);
    }

    void gauge(String name, String help, Consumer<GaugeWithCallback.Callback> values, String... labels) {
        GaugeWithCallback.builder()
                .name(SUBSYSTEM + name)
                .help(help)
                .labelNames(labels)
                .callback(values)
                .register(registry);
    }

    Histogram histogram(String name, String help, double[] buckets, String... labels) {
        return Histogram.builder()
                .name(SUBSYSTEM + name)
                .help(help)
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(buckets)
                .register(registry);
    }

    /** So many bounds, each the last times the factor (source: component-base metrics, ExponentialBuckets). */
    static double[] buckets(double first, double factor, int count) {
        var bounds = new double[count];
        double bound = first;
        for (int i = 0; i < count; i++) {
            bounds[i] = bound;
            bound *= factor;
        }
        return bounds;
    }

    MetricSnapshots scrape() {
        return registry.scrape();
    }
}
