package dev.navarch.apiserver.http;

import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What is counted of acting as others. Source: k8s.io/apiserver pkg/endpoints/filters/impersonation/metrics/metrics.go. */
final class ImpersonationMetrics {
    private static final String PREFIX = "apiserver_impersonation_";
    private static final double[] SECONDS = new double[15];

    static {
        for (int i = 0; i < SECONDS.length; i++) {
            SECONDS[i] = 0.001 * (1 << i);
        }
    }

    private final TimeSource time;
    private final Counter attempts;
    private final Histogram attemptSeconds;
    private final Counter checks;
    private final Histogram checkSeconds;

    ImpersonationMetrics(TimeSource time, PrometheusRegistry registry) {
        this.time = time;
        attempts = counter("attempts_total", "Attempts to act as somebody else.", registry);
        attemptSeconds = seconds("attempts_duration_seconds", "Seconds that attempts took.", registry);
        checks = counter("authorization_attempts_total", "Questions to the authorizer for these.", registry);
        checkSeconds = seconds("authorization_attempts_duration_seconds", "Seconds that these took.", registry);
    }

    private static Counter counter(String name, String help, PrometheusRegistry registry) {
        return Counter.builder()
                .name(PREFIX + name)
                .help(help)
                .labelNames("mode", "decision")
                .register(registry);
    }

    private static Histogram seconds(String name, String help, PrometheusRegistry registry) {
        return Histogram.builder()
                .name(PREFIX + name)
                .help(help)
                .labelNames("mode", "decision")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
    }

    long start() {
        return time.nanoTime();
    }

    void attempted(String mode, boolean allowed, long from) {
        count(attempts, attemptSeconds, mode, allowed, from);
    }

    void authorized(String mode, boolean allowed, long from) {
        count(checks, checkSeconds, mode, allowed, from);
    }

    private void count(Counter counter, Histogram seconds, String mode, boolean allowed, long from) {
        var decision = allowed ? "allowed" : "denied";
        counter.labelValues(mode, decision).inc();
        seconds.labelValues(mode, decision).observe((time.nanoTime() - from) / 1e9);
    }
}
