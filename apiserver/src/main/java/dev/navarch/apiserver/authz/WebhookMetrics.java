package dev.navarch.apiserver.authz;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * What is counted of authorizers that are webhooks, under upstream's names (source: k8s.io/apiserver
 * plugin/pkg/authorizer/webhook/metrics/metrics.go and pkg/authorization/cel/metrics.go).
 */
final class WebhookMetrics {
    private static final String TYPE = "Webhook";
    private static final double NANOS = 1e9;

    private final Counter evaluations = Counter.builder()
            .name("apiserver_authorization_webhook_evaluations_total")
            .help("Round-trips to authorization webhooks.")
            .labelNames("name", "result")
            .build();
    private final Histogram duration = Histogram.builder()
            .name("apiserver_authorization_webhook_duration_seconds")
            .help("Request latency in seconds.")
            .labelNames("name", "result")
            .classicOnly()
            .classicUpperBounds(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10)
            .build();
    private final Counter failOpen = Counter.builder()
            .name("apiserver_authorization_webhook_evaluations_fail_open_total")
            .help("NoOpinion results due to webhook timeout or error.")
            .labelNames("name", "result")
            .build();
    private final Counter matchErrors = Counter.builder()
            .name("apiserver_authorization_match_condition_evaluation_errors_total")
            .help("Match conditions that could not be evaluated, by type and name of the authorizer.")
            .labelNames("type", "name")
            .build();
    private final Counter exclusions = Counter.builder()
            .name("apiserver_authorization_match_condition_exclusions_total")
            .help("Requests that a webhook was not asked about because of its match conditions.")
            .labelNames("type", "name")
            .build();
    private final Histogram matchSeconds = Histogram.builder()
            .name("apiserver_authorization_match_condition_evaluation_seconds")
            .help("Seconds that match conditions took together, by type and name of the authorizer.")
            .labelNames("type", "name")
            .classicOnly()
            .classicUpperBounds(0.001, 0.005, 0.01, 0.025, 0.1, 0.2, 0.25)
            .build();

    void register(PrometheusRegistry registry) {
        registry.register(evaluations);
        registry.register(duration);
        registry.register(failOpen);
        registry.register(matchErrors);
        registry.register(exclusions);
        registry.register(matchSeconds);
    }

    Series of(String name) {
        return new Series(name);
    }

    /** Those of one webhook. */
    final class Series {
        private final String name;

        private Series(String name) {
            this.name = name;
        }

        /** @param result success, error, timeout or canceled */
        void called(String result, long nanos) {
            evaluations.labelValues(name, result).inc();
            duration.labelValues(name, result).observe(nanos / NANOS);
        }

        void failedOpen(String result) {
            failOpen.labelValues(name, result).inc();
        }

        void matched(long nanos, boolean failed) {
            matchSeconds.labelValues(TYPE, name).observe(nanos / NANOS);
            if (failed) {
                matchErrors.labelValues(TYPE, name).inc();
            }
        }

        void excluded() {
            exclusions.labelValues(TYPE, name).inc();
        }
    }
}
