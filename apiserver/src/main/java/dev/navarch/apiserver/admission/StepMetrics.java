package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** How long admission takes, all plugins together and each of them (source: k8s.io/apiserver pkg/admission/metrics/metrics.go). */
public final class StepMetrics {
    private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1.0, 2.5};
    private static final double NANOS = 1e9;

    private final Histogram durations = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_admission_step_admission_duration_seconds")
            .help("Seconds that a step of admission took, by operation and whether it refused.")
            .labelNames("type", "operation", "rejected")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .build();
    private final Histogram controllers = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_admission_controller_admission_duration_seconds")
            .help("Seconds that a plugin of admission took in a step, by operation and whether it refused.")
            .labelNames("name", "type", "operation", "rejected")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .build();
    private final TimeSource time;
    private final Map<Operation, Points> admits = new EnumMap<>(Operation.class);
    private final Map<Operation, Points> validates = new EnumMap<>(Operation.class);

    /** Where one operation's durations go, looked up once. */
    private record Points(DistributionDataPoint passed, DistributionDataPoint rejected) {}

    public StepMetrics(TimeSource time) {
        this.time = time;
        for (var operation : Operation.values()) {
            admits.put(operation, points("admit", operation));
            validates.put(operation, points("validate", operation));
        }
    }

    private Points points(String step, Operation operation) {
        return new Points(
                durations.labelValues(step, operation.name(), "false"),
                durations.labelValues(step, operation.name(), "true"));
    }

    public void register(PrometheusRegistry registry) {
        registry.register(durations);
        registry.register(controllers);
    }

    long now() {
        return time.nanoTime();
    }

    /** Where the durations of one plugin's step go. */
    Plugin of(String plugin, String step) {
        return new Plugin(plugin, step);
    }

    /** One plugin in one step. What it has never done is not shown; what it has is looked up once. */
    final class Plugin {
        private final String name;
        private final String step;
        private final AtomicReferenceArray<@Nullable DistributionDataPoint> known =
                new AtomicReferenceArray<>(2 * Operation.values().length);

        private Plugin(String name, String step) {
            this.name = name;
            this.step = step;
        }

        /** Returns when that was. */
        long passed(Operation operation, long from) {
            long to = now();
            point(operation, false).observe((to - from) / NANOS);
            return to;
        }

        void rejected(Operation operation, long from) {
            point(operation, true).observe((now() - from) / NANOS);
        }

        private DistributionDataPoint point(Operation operation, boolean rejected) {
            int at = 2 * operation.ordinal() + (rejected ? 1 : 0);
            var point = known.get(at);
            if (point == null) {
                point = controllers.labelValues(name, step, operation.name(), Boolean.toString(rejected));
                known.set(at, point);
            }
            return point;
        }
    }

    interface Step {
        void run() throws InterruptedException;
    }

    void admit(Operation operation, Step step) throws InterruptedException {
        observe(admits.get(operation), step);
    }

    void validate(Operation operation, Step step) throws InterruptedException {
        observe(validates.get(operation), step);
    }

    private void observe(Points points, Step step) throws InterruptedException {
        long from = time.nanoTime();
        boolean passed = false;
        try {
            step.run();
            passed = true;
        } finally {
            (passed ? points.passed : points.rejected).observe((time.nanoTime() - from) / NANOS);
        }
    }
}
