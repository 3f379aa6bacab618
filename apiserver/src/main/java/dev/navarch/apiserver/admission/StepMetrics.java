package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Map;

/** How long admission takes, all plugins together (source: k8s.io/apiserver pkg/admission/metrics/metrics.go). */
public final class StepMetrics {
    private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1.0, 2.5};
    private static final double NANOS = 1e9;

    private final Histogram durations = Histogram.builder()
            .name("apiserver_admission_step_admission_duration_seconds")
            .help("Seconds that a step of admission took, by operation and whether it refused.")
            .labelNames("type", "operation", "rejected")
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
