package dev.navarch.apiserver.policy;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Counts what came of expressions (source: .../policy/validating/metrics and .../policy/mutating/metrics). */
final class PolicyMetrics {
    private static final double[] SECONDS = {0.0000005, 0.001, 0.01, 0.1, 1.0};
    private static final double NANOS = 1e9;

    private final Counter checks;
    private final Histogram durations;

    private PolicyMetrics(String subsystem, String what, String... labels) {
        checks = Counter.builder()
                .withoutExemplars()
                .name("apiserver_" + subsystem + "_check_total")
                .help(what + " by policy, binding and what came of it.")
                .labelNames(labels)
                .build();
        durations = Histogram.builder()
                .withoutExemplars()
                .name("apiserver_" + subsystem + "_check_duration_seconds")
                .help("Seconds that the expression took, by policy, binding and what came of it.")
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .build();
    }

    static PolicyMetrics ofValidating() {
        return new PolicyMetrics(
                "validating_admission_policy",
                "Validations that did not hold or failed,",
                "policy",
                "policy_binding",
                "error_type",
                "enforcement_action");
    }

    static PolicyMetrics ofMutating() {
        return new PolicyMetrics("mutating_admission_policy", "Mutations,", "policy", "policy_binding", "error_type");
    }

    void register(PrometheusRegistry registry) {
        registry.register(checks);
        registry.register(durations);
    }

    void observe(long nanos, String... labels) {
        checks.labelValues(labels).inc();
        durations.labelValues(labels).observe(nanos / NANOS);
    }

    /** Source: .../policy/validating/errors.go, ErrorType. */
    static String errorType(String message) {
        if (message.startsWith("compilation")) {
            return "compile_error";
        }
        return message.startsWith("validation failed due to running out of cost budget")
                ? "out_of_budget"
                : "invalid_error";
    }
}
