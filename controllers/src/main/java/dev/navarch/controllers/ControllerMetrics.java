package dev.navarch.controllers;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.WorkQueue;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What the controllers of one process count, under upstream's names. Whoever asks for a metric first makes it; controllers
 * of one kind share theirs. Work queues are measured for all alike (source: k8s.io/component-base
 * metrics/prometheus/workqueue/metrics.go).
 */
public final class ControllerMetrics {
    private static final double NANOS = 1e9;
    private static final double[] QUEUE_BUCKETS = exponential(10e-9, 10, 12);

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Map<String, Object> made = new ConcurrentHashMap<>();
    private final Map<String, WorkQueue<?>> queues = new ConcurrentHashMap<>();

    public ControllerMetrics() {
        queues("workqueue_depth", "Keys of a work queue that want work.", WorkQueue::depth);
        queues(
                "workqueue_unfinished_work_seconds",
                "How long work that is under way has taken, of all keys together.",
                queue -> seconds(queue.unfinished().sum()));
        queues(
                "workqueue_longest_running_processor_seconds",
                "How long the work that is under way for the longest has taken.",
                queue -> seconds(queue.unfinished().longest()));
    }

    private void queues(String name, String help, ToDoubleFunction<WorkQueue<?>> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("name")
                .callback(callback -> queues.forEach((of, queue) -> callback.call(value.applyAsDouble(queue), of)))
                .register(registry);
    }

    public static double seconds(Duration time) {
        return time.toNanos() / NANOS;
    }

    /** Bounds of buckets: each is the one before times a factor. */
    public static double[] exponential(double first, double factor, int count) {
        var bounds = new double[count];
        for (int i = 0; i < count; i++) {
            bounds[i] = first * Math.pow(factor, i);
        }
        return bounds;
    }

    /** @param name ends with {@code _total} */
    public Counter counter(String name, String help, String... labels) {
        return once(
                name,
                Counter.class,
                _ -> Counter.builder().name(name).help(help).labelNames(labels).register(registry));
    }

    /** Also for what upstream counts under a name without {@code _total}, which a counter can't have here. */
    public Gauge gauge(String name, String help, String... labels) {
        return once(
                name,
                Gauge.class,
                _ -> Gauge.builder().name(name).help(help).labelNames(labels).register(registry));
    }

    /** A number that is asked for when somebody looks. */
    public void gauge(String name, String help, DoubleSupplier value) {
        once(
                name,
                GaugeWithCallback.class,
                _ -> GaugeWithCallback.builder()
                        .name(name)
                        .help(help)
                        .callback(callback -> callback.call(value.getAsDouble()))
                        .register(registry));
    }

    /** Takes a number and the values of its labels. */
    public interface Numbers {
        void take(double value, String... labels);
    }

    /** Numbers of which it is known only when somebody looks which there are. */
    public void gauges(String name, String help, Consumer<Numbers> tell, String... labels) {
        once(
                name,
                GaugeWithCallback.class,
                _ -> GaugeWithCallback.builder()
                        .name(name)
                        .help(help)
                        .labelNames(labels)
                        .callback(callback -> tell.accept(callback::call))
                        .register(registry));
    }

    public Histogram histogram(String name, String help, double[] bounds, String... labels) {
        return once(
                name,
                Histogram.class,
                _ -> Histogram.builder()
                        .name(name)
                        .help(help)
                        .classicOnly()
                        .classicUpperBounds(bounds)
                        .labelNames(labels)
                        .register(registry));
    }

    private <T> T once(String name, Class<T> type, Function<String, T> make) {
        return type.cast(made.computeIfAbsent(name, make));
    }

    /** For a controller that makes its own. */
    public PrometheusRegistry registry() {
        return registry;
    }

    /** A queue that is measured. */
    <K> WorkQueue<K> queue(String name, Function<WorkQueue.Measures, WorkQueue<K>> make) {
        var queue = make.apply(new OfQueue(name));
        queues.put(name, queue);
        return queue;
    }

    private final class OfQueue implements WorkQueue.Measures {
        private final CounterDataPoint adds;
        private final CounterDataPoint retries;
        private final DistributionDataPoint waits;
        private final DistributionDataPoint works;

        OfQueue(String name) {
            requireNonNull(name);
            adds = counter("workqueue_adds_total", "Keys that were added to a work queue.", "name")
                    .labelValues(name);
            retries = counter("workqueue_retries_total", "Keys that are to come again later.", "name")
                    .labelValues(name);
            waits = histogram(
                            "workqueue_queue_duration_seconds",
                            "How long keys wait in a work queue.",
                            QUEUE_BUCKETS,
                            "name")
                    .labelValues(name);
            works = histogram("workqueue_work_duration_seconds", "How long work on a key takes.", QUEUE_BUCKETS, "name")
                    .labelValues(name);
        }

        @Override
        public void added() {
            adds.inc();
        }

        @Override
        public void waited(Duration time) {
            waits.observe(seconds(time));
        }

        @Override
        public void worked(Duration time) {
            works.observe(seconds(time));
        }

        @Override
        public void retried() {
            retries.inc();
        }
    }

    /** All of them, as they are now. */
    public MetricSnapshots scrape() {
        return registry.scrape();
    }
}
