package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What is counted of whether requests may pass (source: k8s.io/apiserver pkg/endpoints/filters/metrics.go). */
final class AuthorizationAttempts {
    private static final double[] SECONDS = new double[15];

    static {
        for (int i = 0; i < SECONDS.length; i++) {
            SECONDS[i] = 0.001 * (1 << i);
        }
    }

    private final TimeSource time;
    private final Result allowed;
    private final Result denied;
    private final Result noOpinion;
    private final Result error;

    private record Result(CounterDataPoint count, DistributionDataPoint seconds) {
        void add(long nanos) {
            count.inc();
            seconds.observe(nanos / 1e9);
        }
    }

    AuthorizationAttempts(TimeSource time, PrometheusRegistry registry) {
        this.time = time;
        var count = Counter.builder()
                .withoutExemplars()
                .name("authorization_attempts_total")
                .help("Questions whether a request may pass, by what came of them.")
                .labelNames("result")
                .register(registry);
        var duration = Histogram.builder()
                .withoutExemplars()
                .name("authorization_duration_seconds")
                .help("Seconds until it was known whether a request may pass.")
                .labelNames("result")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        allowed = new Result(count.labelValues("allowed"), duration.labelValues("allowed"));
        denied = new Result(count.labelValues("denied"), duration.labelValues("denied"));
        noOpinion = new Result(count.labelValues("no-opinion"), duration.labelValues("no-opinion"));
        error = new Result(count.labelValues("error"), duration.labelValues("error"));
    }

    /** Asks, and counts the answer. */
    Decision ask(Authorizer authorizer, User user, RequestInfo info) {
        long from = time.nanoTime();
        var decision = authorizer.authorize(user, info);
        result(decision).add(time.nanoTime() - from);
        return decision;
    }

    private Result result(Decision decision) {
        if (decision.allowed()) {
            return allowed;
        }
        if (!decision.evaluationError().isEmpty()) {
            return error;
        }
        return decision.outcome() == Decision.Outcome.DENY ? denied : noOpinion;
    }
}
