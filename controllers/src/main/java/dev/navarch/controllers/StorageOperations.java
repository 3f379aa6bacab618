package dev.navarch.controllers;

import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long it takes what is done to volumes. The starts of what is under way are remembered here and nowhere else: what a
 * restart interrupts is not measured.
 *
 * <p>source: kubernetes pkg/volume/util/metrics.go, pkg/controller/volume/persistentvolume/metrics/metrics.go.
 */
public final class StorageOperations {
    private static final double[] SECONDS = {.1, .25, .5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600};

    private final TimeSource time;
    private final Histogram steps;
    private final Histogram whole;
    private final Counter errors;
    private final Map<String, UnderWay> underWay = new ConcurrentHashMap<>();

    private record UnderWay(String operation, String plugin, Instant since) {}

    public StorageOperations(ControllerContext context) {
        time = context.time();
        var metrics = context.metrics();
        steps = metrics.histogram(
                "storage_operation_duration_seconds",
                "Time of single operations on volumes.",
                SECONDS,
                "migrated",
                "operation_name",
                "status",
                "volume_plugin");
        whole = metrics.histogram(
                "volume_operation_total_seconds",
                "Time from the wish for an operation on a volume until it is fulfilled.",
                SECONDS,
                "operation_name",
                "plugin_name");
        errors = metrics.counter(
                "volume_operation_errors_total", "Failures of operations on volumes.", "operation_name", "plugin_name");
    }

    /**
     * Somebody wants something done; asked again, it goes on since the first time.
     *
     * @param of what it is done to
     */
    public void begin(String of, String operation, String plugin) {
        underWay.computeIfAbsent(of, _ -> new UnderWay(operation, plugin, time.now()));
    }

    /** It is done, if it was under way. */
    public void done(String of) {
        var known = underWay.remove(of);
        if (known != null) {
            whole.labelValues(known.operation, known.plugin).observe(seconds(known.since));
        }
    }

    /** It failed, and will be tried again. */
    public void failed(String of) {
        var known = underWay.get(of);
        if (known != null) {
            errors.labelValues(known.operation, known.plugin).inc();
        }
    }

    /** Nobody wants it any more. */
    public void forget(String of) {
        underWay.remove(of);
    }

    /** A single operation has ended. */
    public void ended(String operation, String plugin, boolean success, Instant since) {
        steps.labelValues("false", operation, success ? "success" : "fail-unknown", plugin)
                .observe(seconds(since));
    }

    private double seconds(Instant since) {
        var took = Duration.between(since, time.now());
        return took.isNegative() ? 0 : ControllerMetrics.seconds(took);
    }
}
