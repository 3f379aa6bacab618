package dev.navarch.apiserver.admission.webhook;

import dev.navarch.apiserver.admission.AdmissionRequest;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Counts the calls of webhooks (source: k8s.io/apiserver pkg/admission/metrics/metrics.go). */
final class WebhookMetrics {
    private static final double[] SECONDS = {0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10, 25};
    private static final double NANOS = 1e9;
    private static final int HIGHEST_CODE = 600;

    private final Histogram durations = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_admission_webhook_admission_duration_seconds")
            .help("Seconds that a webhook took, by its name, the step, the operation and whether it refused.")
            .labelNames("name", "type", "operation", "rejected")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .build();
    private final Counter requests = Counter.builder()
            .withoutExemplars()
            .name("apiserver_admission_webhook_request_total")
            .help("Calls of a webhook, with the code of its answer.")
            .labelNames("name", "type", "operation", "code", "rejected")
            .build();
    /** The library ends every counter's name in "total", which upstream's names of these two don't. */
    private final Gauge rejections = Gauge.builder()
            .name("apiserver_admission_webhook_rejection_count")
            .help("Requests that a webhook refused, or that were refused because it could not be asked.")
            .labelNames("name", "type", "operation", "error_type", "rejection_code")
            .build();

    private final Gauge failOpens = Gauge.builder()
            .name("apiserver_admission_webhook_fail_open_count")
            .help("Requests that passed although a webhook could not be asked.")
            .labelNames("name", "type")
            .build();

    void register(PrometheusRegistry registry) {
        registry.register(durations);
        registry.register(requests);
        registry.register(rejections);
        registry.register(failOpens);
    }

    /** How a call ended. */
    enum Outcome {
        ALLOWED("no_error"),
        DENIED("no_error"),
        FAILED("calling_webhook_error"),
        PASSED_BY("calling_webhook_error"),
        BROKEN("apiserver_internal_error");

        private final String errorType;

        Outcome(String errorType) {
            this.errorType = errorType;
        }
    }

    /** The calls of one webhook. */
    void observe(String hook, boolean mutating, AdmissionRequest request, Outcome outcome, int code, long nanos) {
        var step = mutating ? "admit" : "validating";
        var operation = request.operation().name();
        var shown = Integer.toString(Math.min(code, HIGHEST_CODE));
        boolean rejected = outcome != Outcome.ALLOWED && outcome != Outcome.PASSED_BY;
        if (rejected) {
            rejections
                    .labelValues(hook, step, operation, outcome.errorType, shown)
                    .inc();
        }
        if (outcome == Outcome.PASSED_BY) {
            failOpens.labelValues(hook, step).inc();
        }
        requests.labelValues(hook, step, operation, shown, Boolean.toString(rejected))
                .inc();
        durations.labelValues(hook, step, operation, Boolean.toString(rejected)).observe(nanos / NANOS);
    }
}
