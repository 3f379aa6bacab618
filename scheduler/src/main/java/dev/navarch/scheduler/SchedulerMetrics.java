package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Measures;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Stopwatch;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * What a scheduler counts, under upstream's names. Of what upstream counts and this one does not do, nothing is told:
 * opportunistic batching and pod groups (source: pkg/scheduler/metrics/metrics.go).
 */
final class SchedulerMetrics {
    private static final double NANOS = 1e9;
    private static final int MOST_ATTEMPTS = 16;
    /** Of the cycles, one in so many has its plugins measured (source: pluginMetricsSamplePercent). */
    private static final int SAMPLED = 10;

    private final TimeSource time;
    private final BooleanSupplier sampled;
    private final MetricTable table = new MetricTable();
    private final Stopwatch plugins = new PluginTimes();
    private final Map<String, DistributionDataPoint> handled = new ConcurrentHashMap<>();
    private final Map<About, Hints> hints = new ConcurrentHashMap<>();

    private final Counter attempts = table.counter(
            "schedule_attempts_total",
            "[STABLE] Attempts to schedule pods, by their result: scheduled, unschedulable, or error.",
            "profile",
            "result");
    private final Histogram attemptSeconds = table.histogram(
            "scheduling_attempt_duration_seconds",
            "[STABLE] Time of an attempt with its binding.",
            MetricTable.buckets(0.001, 2, 15),
            "profile",
            "result");
    private final Histogram algorithmSeconds = table.histogram(
            "scheduling_algorithm_duration_seconds", "[ALPHA] Time to find a node.", MetricTable.buckets(0.001, 2, 15));
    private final Histogram pointSeconds = table.histogram(
            "framework_extension_point_duration_seconds",
            "[STABLE] Time of all plugins of an extension point.",
            MetricTable.buckets(0.0001, 2, 12),
            "extension_point",
            "profile",
            "status");
    private final Histogram pluginSeconds = table.histogram(
            "plugin_execution_duration_seconds",
            "[ALPHA] Time of a plugin at an extension point, in one cycle of ten.",
            MetricTable.buckets(0.00001, 1.5, 20),
            "extension_point",
            "plugin",
            "status");
    private final Histogram hintSeconds = table.histogram(
            "queueing_hint_execution_duration_seconds",
            "[ALPHA] Time in which a plugin tells whether an event helps a pod.",
            MetricTable.buckets(0.00001, 1.5, 20),
            "event",
            "hint",
            "plugin");
    private final Histogram eventSeconds = table.histogram(
            "event_handling_duration_seconds",
            "[ALPHA] Time to take in an event.",
            MetricTable.buckets(0.0001, 2, 12),
            "event");
    private final Histogram sliSeconds = table.histogram(
            "pod_scheduling_sli_duration_seconds",
            "[BETA] From a pod's coming to the queue until it is bound, however many attempts that takes.",
            MetricTable.buckets(0.01, 2, 20),
            "attempts");
    private final Histogram podAttempts = table.histogram(
            "pod_scheduling_attempts", "[STABLE] Attempts until a pod was scheduled.", MetricTable.buckets(1, 2, 5));
    private final Counter afterFlush = table.counter(
            "pod_scheduled_after_flush_total",
            "[ALPHA] Pods that could be scheduled when no event but the passing of time had brought them back.");
    private final Histogram victims = table.histogram(
            "preemption_victims", "[STABLE] Pods chosen to make room for one.", MetricTable.buckets(1, 2, 7));
    private final Counter preemptions = table.counter("preemption_attempts_total", "[STABLE] Attempts to make room.");
    private final Histogram evictionSeconds = table.histogram(
            "preemption_goroutines_duration_seconds",
            "[ALPHA] Time to end the victims of one preemption, beside scheduling.",
            MetricTable.buckets(0.01, 2, 20),
            "result");
    private final Counter evictions = table.counter(
            "preemption_goroutines_execution_total",
            "[ALPHA] Preemptions whose victims were ended, beside scheduling.",
            "result");
    private final Counter incoming = table.counter(
            "queue_incoming_pods_total", "[STABLE] Pods that came to a queue, by what brought them.", "event", "queue");
    private final Histogram permitSeconds = table.histogram(
            "permit_wait_duration_seconds",
            "[BETA] Time that pods wait to be permitted.",
            MetricTable.buckets(0.001, 2, 15),
            "result");
    private final Counter calls = table.counter(
            "async_api_call_execution_total",
            "[ALPHA] Calls of the API beside scheduling, by what they do.",
            "call_type",
            "result");
    private final Histogram callSeconds = table.histogram(
            "async_api_call_execution_duration_seconds",
            "[ALPHA] Time of calls of the API beside scheduling.",
            MetricTable.buckets(0.001, 2, 15),
            "call_type",
            "result");
    private final Counter claims = table.counter(
            "resourceclaim_creates_total", "[ALPHA] Claims made for the extended resources of pods.", "status");
    private final Counter deviceWaits = table.counter(
            "dra_bindingconditions_allocations_total",
            "[ALPHA] Bindings that had to wait for conditions of devices, by driver.",
            "driver",
            "profile",
            "status");
    private final Histogram deviceSeconds = table.histogram(
            "dra_bindingconditions_wait_duration_seconds",
            "[ALPHA] Time that bindings wait for conditions of devices.",
            MetricTable.buckets(0.1, 2, 14),
            "driver",
            "profile",
            "status");
    private final Counter volumeFailures = table.counter(
            "volume_scheduling_stage_error_total", "[ALPHA] Failures to find and bind volumes.", "operation");

    SchedulerMetrics(TimeSource time) {
        this(time, oneIn(SAMPLED));
    }

    /** @param sampled whether the plugins of the next cycle are measured */
    SchedulerMetrics(TimeSource time, BooleanSupplier sampled) {
        this.time = time;
        this.sampled = sampled;
    }

    /** A sequence of its own: what is measured must not change what is decided. */
    private static BooleanSupplier oneIn(int cycles) {
        var random = new SplittableRandom(cycles);
        return () -> random.nextInt(cycles) == 0;
    }

    /** Shows how many pods wait where, and how much the scheduler knows. */
    void show(SchedulingQueue queue, ClusterCache cache, IntSupplier bindings, IntSupplier pendingPatches) {
        table.gauge(
                "goroutines",
                "[BETA] Threads by what they do, such as binding.",
                callback -> callback.call(bindings.getAsInt(), "binding"),
                "operation");
        table.gauge(
                "pending_pods",
                "[STABLE] Pods that wait: active, in back-off, unschedulable, or gated.",
                callback -> {
                    callback.call(queue.count(QueuedPod.Place.ACTIVE), "active");
                    callback.call(
                            (double) queue.count(QueuedPod.Place.BACKOFF) + queue.count(QueuedPod.Place.ERROR_BACKOFF),
                            "backoff");
                    callback.call(queue.count(QueuedPod.Place.GATED), "gated");
                    callback.call(queue.count(QueuedPod.Place.UNSCHEDULABLE), "unschedulable");
                },
                "queue");
        table.gauge(
                "unschedulable_pods",
                "[BETA] Unschedulable pods by the plugins that rejected them; a pod may count for several.",
                callback -> queue.rejections().forEach((by, count) -> callback.call(count, by.plugin(), by.profile())),
                "plugin",
                "profile");
        table.gauge(
                "inflight_events",
                "[ALPHA] Pods in flight (PodPopped), and what happened that they have not seen.",
                callback -> queue.inFlightEvents().forEach((event, count) -> callback.call(count, event)),
                "event");
        table.gauge(
                "cache_size",
                "[ALPHA] Nodes, pods, and pods whose binding is on its way, that the scheduler knows.",
                callback -> {
                    var size = cache.size();
                    callback.call(size.assumed(), "assumed_pods");
                    callback.call(size.nodes(), "nodes");
                    callback.call(size.pods(), "pods");
                },
                "type");
        table.gauge(
                "pending_async_api_calls",
                "[ALPHA] Calls of the API that wait beside scheduling.",
                callback -> callback.call(pendingPatches.getAsInt(), PodConditions.CALL),
                "call_type");
    }

    /** Shows how often the profiles' plugins were asked. */
    void show(Collection<Profile> profiles) {
        table.counter(
                "plugin_evaluation_total",
                "[BETA] How often plugins were asked, at PreFilter, Filter, PreScore and Score; what is known of a node"
                        + " that did not change is not asked again.",
                callback -> profiles.forEach(profile -> profile.evaluations()
                        .forEach((point, plugin, count) ->
                                callback.call(count, point.text(), plugin, profile.schedulerName()))),
                "extension_point",
                "plugin",
                "profile");
    }

    /** The moment from which something is measured. */
    long start() {
        return time.nanoTime();
    }

    private double since(long start) {
        return (time.nanoTime() - start) / NANOS;
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / NANOS;
    }

    /** The state of a new cycle, whose plugins may be measured. */
    CycleState cycle() {
        return new CycleState(sampled.getAsBoolean() ? plugins : Stopwatch.NONE);
    }

    /** Measures into {@link #pluginSeconds}. */
    private final class PluginTimes implements Stopwatch {
        private static final int CODES = Status.Code.values().length;

        /** By the plugin, and there by the call and the code. */
        private final Map<Plugin, DistributionDataPoint[]> known = new ConcurrentHashMap<>();

        @Override
        public long start() {
            return time.nanoTime();
        }

        @Override
        public void stop(Plugin plugin, Call call, Status.Code code, long start) {
            double took = since(start);
            var points = known.computeIfAbsent(plugin, _ -> new DistributionDataPoint[Call.values().length * CODES]);
            int at = call.ordinal() * CODES + code.ordinal();
            var point = points[at];
            if (point == null) {
                point = pluginSeconds.labelValues(call.text(), plugin.name(), text(code));
                points[at] = point;
            }
            point.observe(took);
        }
    }

    void ran(Stopwatch.Call point, Status.Code status, String profile, long start) {
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

    /**
     * @param since when the pod first came to the queue
     * @param flushed whether nothing but the passing of time had brought it back
     */
    void bound(int tries, long since, boolean flushed) {
        podAttempts.observe(tries);
        var label = tries >= MOST_ATTEMPTS ? MOST_ATTEMPTS + "+" : Integer.toString(tries);
        sliSeconds.labelValues(label).observe(since(since));
        if (flushed) {
            afterFlush.inc();
        }
    }

    void queued(String queue, String event) {
        incoming.labelValues(event, queue).inc();
    }

    void permitted(String result, long start) {
        permitSeconds.labelValues(result).observe(since(start));
    }

    /** An event was taken in. */
    void handled(String event, long start) {
        handled.computeIfAbsent(event, eventSeconds::labelValues).observe(since(start));
    }

    /** How a plugin's hint is told. */
    enum Hint {
        QUEUE("Queue"),
        SKIP("QueueSkip"),
        ERROR("Error");

        private final String text;

        Hint(String text) {
            this.text = text;
        }
    }

    /** Measures the hints of a plugin on an event. */
    Hints hints(Plugin plugin, String event) {
        return hints.computeIfAbsent(new About(plugin.name(), event), Hints::new);
    }

    private record About(String plugin, String event) {}

    /** Those of one plugin on events of one name. */
    final class Hints {
        private final DistributionDataPoint[] points;

        private Hints(About about) {
            points = Arrays.stream(Hint.values())
                    .map(hint -> hintSeconds.labelValues(about.event, hint.text, about.plugin))
                    .toArray(DistributionDataPoint[]::new);
        }

        /** The plugin told whether the event helps a pod. */
        void told(Hint hint, long start) {
            points[hint.ordinal()].observe(since(start));
        }
    }

    /** The API was called beside scheduling. */
    void called(String type, boolean success, long start) {
        var result = result(success);
        calls.labelValues(type, result).inc();
        callSeconds.labelValues(type, result).observe(since(start));
    }

    private static String result(boolean success) {
        return success ? "success" : "error";
    }

    /** For the plugins of a profile. */
    Measures measures(String profile) {
        return new Measures() {
            @Override
            public void preempted(int count) {
                preemptions.inc();
                if (count > 0) {
                    victims.observe(count);
                }
            }

            @Override
            public void evicted(boolean success, Duration took) {
                evictionSeconds.labelValues(result(success)).observe(seconds(took));
                evictions.labelValues(result(success)).inc();
            }

            @Override
            public void claimMade(boolean success) {
                claims.labelValues(success ? "success" : "failure").inc();
            }

            @Override
            public void awaitedDevices(Set<String> drivers, DeviceWait result, Duration took) {
                for (var driver : drivers) {
                    deviceWaits.labelValues(driver, profile, result.text()).inc();
                    deviceSeconds.labelValues(driver, profile, result.text()).observe(seconds(took));
                }
            }

            @Override
            public void volumesFailed(String stage) {
                volumeFailures.labelValues(stage).inc();
            }
        };
    }

    MetricSnapshots scrape() {
        return table.scrape();
    }
}
