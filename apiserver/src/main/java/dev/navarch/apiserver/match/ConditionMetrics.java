package dev.navarch.apiserver.match;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What came of match conditions (source: k8s.io/apiserver pkg/admission/metrics/metrics.go). */
public final class ConditionMetrics {
    private static final String[] LABELS = {"name", "kind", "type", "operation"};
    private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1.0, 2.5};
    private static final double NANOS = 1e9;

    private final Counter errors = Counter.builder()
            .withoutExemplars()
            .name("apiserver_admission_match_condition_evaluation_errors_total")
            .help("Match conditions that could not be evaluated, by webhook or policy and operation.")
            .labelNames(LABELS)
            .build();
    private final Counter exclusions = Counter.builder()
            .withoutExemplars()
            .name("apiserver_admission_match_condition_exclusions_total")
            .help("Requests that a webhook was not asked about because of its match conditions, by operation.")
            .labelNames(LABELS)
            .build();
    private final Histogram seconds = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_admission_match_condition_evaluation_seconds")
            .help("Seconds that match conditions took together, by webhook or policy and operation.")
            .labelNames(LABELS)
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .build();
    private final TimeSource time;

    public ConditionMetrics(TimeSource time) {
        this.time = time;
    }

    public void register(PrometheusRegistry registry) {
        registry.register(errors);
        registry.register(exclusions);
        registry.register(seconds);
    }

    /** Where a webhook is counted. */
    public Series ofWebhook(String name, boolean mutating, Operation operation) {
        return new Series(name, "webhook", mutating ? "admit" : "validate", operation);
    }

    /** Where a policy is counted; upstream takes those that mutate for validating ones here. */
    public Series ofPolicy(String name, Operation operation) {
        return new Series(name, "policy", "validate", operation);
    }

    /** One line of each metric. */
    public final class Series {
        private final String name;
        private final String kind;
        private final String type;
        private final Operation operation;

        private Series(String name, String kind, String type, Operation operation) {
            this.name = name;
            this.kind = kind;
            this.type = type;
            this.operation = operation;
        }

        long start() {
            return time.nanoTime();
        }

        void judged(long from, int failures) {
            seconds.labelValues(name, kind, type, operation.name()).observe((time.nanoTime() - from) / NANOS);
            if (failures > 0) {
                errors.labelValues(name, kind, type, operation.name()).inc(failures);
            }
        }

        /** Conditions have kept a request from a webhook. */
        public void excluded() {
            exclusions.labelValues(name, kind, type, operation.name()).inc();
        }
    }
}
