package dev.navarch.apiserver.custom;

import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;

/** Counts conversions by webhooks (source: k8s.io/apiextensions-apiserver pkg/apiserver/conversion/metrics.go). */
public final class ConversionMetrics {
    private static final double[] SECONDS = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60};
    private static final double FIRST = 0.001;
    private static final int BUCKETS = 15;
    private static final double NANOS = 1e9;

    private final TimeSource time;
    private final Histogram conversions = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_crd_conversion_webhook_duration_seconds")
            .help("Seconds that the conversion of objects by a definition's webhook took.")
            .labelNames("crd_name", "from_version", "to_version", "succeeded")
            .classicOnly()
            .classicExponentialUpperBounds(FIRST, 2, BUCKETS)
            .build();
    private final Histogram durations = Histogram.builder()
            .withoutExemplars()
            .name("apiserver_conversion_webhook_duration_seconds")
            .help("Seconds that a conversion webhook took to answer.")
            .labelNames("result", "failure_type")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .build();
    private final Counter requests = Counter.builder()
            .withoutExemplars()
            .name("apiserver_conversion_webhook_request_total")
            .help("Calls of conversion webhooks and how they failed.")
            .labelNames("result", "failure_type")
            .build();

    public ConversionMetrics(TimeSource time) {
        this.time = time;
    }

    public void register(PrometheusRegistry registry) {
        registry.register(conversions);
        registry.register(durations);
        registry.register(requests);
    }

    /** What was wrong with a call. */
    enum Failure {
        CALL("conversion_webhook_call_failure"),
        MALFORMED("conversion_webhook_malformed_response_failure"),
        PARTIAL("conversion_webhook_partial_response_failure"),
        INVALID("conversion_webhook_invalid_converted_object_failure");

        private final String label;

        Failure(String label) {
            this.label = label;
        }
    }

    /** One call, which has not succeeded until it is said. */
    final class Call {
        private final long from = time.nanoTime();
        private Failure failure = Failure.CALL;

        /** How it fails if it fails from now on. */
        void reached(Failure next) {
            failure = next;
        }

        void succeeded() {
            end("success", "");
        }

        void failed() {
            end("failure", failure.label);
        }

        private void end(String result, String type) {
            requests.labelValues(result, type).inc();
            durations.labelValues(result, type).observe((time.nanoTime() - from) / NANOS);
        }
    }

    <T> T observe(String definition, String from, String to, Supplier<T> conversion) {
        long began = time.nanoTime();
        boolean succeeded = false;
        try {
            var converted = conversion.get();
            succeeded = true;
            return converted;
        } finally {
            conversions
                    .labelValues(definition, from, to, Boolean.toString(succeeded))
                    .observe((time.nanoTime() - began) / NANOS);
        }
    }
}
