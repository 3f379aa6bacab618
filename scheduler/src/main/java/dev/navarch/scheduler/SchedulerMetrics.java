package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.ExtensionPoint;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.IntSupplier;

/** What a scheduler counts, under upstream's names (source: pkg/scheduler/metrics/metrics.go). */
final class SchedulerMetrics {
    private static final double NANOS = 1e9;
    private static final int MOST_ATTEMPTS = 16;

    private final TimeSource time;
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter attempts = Counter.builder()
            .name("scheduler_schedule_attempts_total")
            .help("Attempts to schedule pods, by their result: scheduled, unschedulable, or error.")
            .labelNames("profile", "result")
            .register(registry);
    private final Histogram attemptSeconds = histogram(
                    "scheduler_scheduling_attempt_duration_seconds",
                    "Time of an attempt with its binding.",
                    0.001,
                    2,
                    15)
            .labelNames("profile", "result")
            .register(registry);
    private final Histogram algorithmSeconds = histogram(
                    "scheduler_scheduling_algorithm_duration_seconds", "Time to find a node.", 0.001, 2, 15)
            .register(registry);
    private final Histogram pointSeconds = histogram(
                    "scheduler_framework_extension_point_duration_seconds",
                    "Time of all plugins of an extension point.",
                    0.0001,
                    2,
                    12)
            .labelNames("extension_point", "profile", "status")
            .register(registry);
    private final Histogram sliSeconds = histogram(
                    "scheduler_pod_scheduling_sli_duration_seconds",
                    "From a pod's coming to the queue until it is bound, however many attempts that takes.",
                    0.01,
                    2,
                    20)
            .labelNames("attempts")
            .register(registry);
    private final Histogram podAttempts = histogram(
                    "scheduler_pod_scheduling_attempts", "Attempts until a pod was scheduled.", 1, 2, 5)
            .register(registry);
    private final Histogram victims = histogram(
                    "scheduler_preemption_victims", "Pods chosen to make room for one.", 1, 2, 7)
            .register(registry);
    private final Counter preemptions = Counter.builder()
            .name("scheduler_preemption_attempts_total")
            .help("Attempts to make room.")
            .register(registry);
    private final Counter incoming = Counter.builder()
            .name("scheduler_queue_incoming_pods_total")
            .help("Pods that came to a queue, by what brought them.")
            .labelNames("event", "queue")
            .register(registry);
    private final Histogram permitSeconds = histogram(
                    "scheduler_permit_wait_duration_seconds", "Time that pods wait to be permitted.", 0.001, 2, 15)
            .labelNames("result")
            .register(registry);

    SchedulerMetrics(TimeSource time) {
        this.time = time;
    }

    private static Histogram.Builder histogram(String name, String help, double first, double factor, int count) {
        var bounds = new double[count];
        for (int i = 0; i < count; i++) {
            bounds[i] = first * Math.pow(factor, i);
        }
        return Histogram.builder().name(name).help(help).classicOnly().classicUpperBounds(bounds);
    }

    /** Shows how many pods wait where, and how much the scheduler knows. */
    void show(SchedulingQueue queue, ClusterCache cache, IntSupplier bindings) {
        GaugeWithCallback.builder()
                .name("scheduler_goroutines")
                .help("Threads by what they do, such as binding.")
                .labelNames("operation")
                .callback(callback -> callback.call(bindings.getAsInt(), "binding"))
                .register(registry);
        GaugeWithCallback.builder()
                .name("scheduler_pending_pods")
                .help("Pods that wait: active, in back-off, unschedulable, or gated.")
                .labelNames("queue")
                .callback(callback -> {
                    callback.call(queue.count(QueuedPod.Place.ACTIVE), "active");
                    callback.call(
                            (double) queue.count(QueuedPod.Place.BACKOFF) + queue.count(QueuedPod.Place.ERROR_BACKOFF),
                            "backoff");
                    callback.call(queue.count(QueuedPod.Place.GATED), "gated");
                    callback.call(queue.count(QueuedPod.Place.UNSCHEDULABLE), "unschedulable");
                })
                .register(registry);
        GaugeWithCallback.builder()
                .name("scheduler_unschedulable_pods")
                .help("Unschedulable pods by the plugins that rejected them; a pod may count for several.")
                .labelNames("plugin", "profile")
                .callback(callback ->
                        queue.rejections().forEach((by, count) -> callback.call(count, by.plugin(), by.profile())))
                .register(registry);
        GaugeWithCallback.builder()
                .name("scheduler_cache_size")
                .help("Nodes, pods, and pods whose binding is on its way, that the scheduler knows.")
                .labelNames("type")
                .callback(callback -> {
                    var size = cache.size();
                    callback.call(size.assumed(), "assumed_pods");
                    callback.call(size.nodes(), "nodes");
                    callback.call(size.pods(), "pods");
                })
                .register(registry);
    }

    /** The moment from which something is measured. */
    long start() {
        return time.nanoTime();
    }

    private double since(long start) {
        return (time.nanoTime() - start) / NANOS;
    }

    void ran(ExtensionPoint point, Status.Code status, String profile, long start) {
        pointSeconds.labelValues(point.text(), profile, text(status)).observe(since(start));
    }

    private static String text(Status.Code code) {
        return switch (code) {
            case SUCCESS -> "Success";
            case UNSCHEDULABLE -> "Unschedulable";
            case UNRESOLVABLE -> "UnschedulableAndUnresolvable";
            case ERROR -> "Error";
            case SKIP -> "Skip";
        };
    }

    void decided(long start) {
        algorithmSeconds.observe(since(start));
    }

    void attempted(String profile, String result, long start) {
        attempts.labelValues(profile, result).inc();
        attemptSeconds.labelValues(profile, result).observe(since(start));
    }

    /** @param since when the pod first came to the queue */
    void bound(int tries, long since) {
        podAttempts.observe(tries);
        var label = tries >= MOST_ATTEMPTS ? MOST_ATTEMPTS + "+" : Integer.toString(tries);
        sliSeconds.labelValues(label).observe(since(since));
    }

    void preempted(int count) {
        preemptions.inc();
        if (count > 0) {
            victims.observe(count);
        }
    }

    void queued(String queue, String event) {
        incoming.labelValues(event, queue).inc();
    }

    void permitted(String result, long start) {
        permitSeconds.labelValues(result).observe(since(start));
    }

    MetricSnapshots scrape() {
        return registry.scrape();
    }
}
