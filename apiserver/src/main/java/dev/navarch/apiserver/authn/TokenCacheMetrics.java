package dev.navarch.apiserver.authn;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What is counted of verdicts that are remembered. Source: k8s.io/apiserver pkg/authentication/token/cache/stats.go. */
final class TokenCacheMetrics {
    private static final double[] SECONDS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

    final CounterDataPoint hits;
    final CounterDataPoint misses;
    final CounterDataPoint fetched;
    final CounterDataPoint failed;
    final GaugeDataPoint inFlight;
    final GaugeDataPoint blocked;
    final DistributionDataPoint hitSeconds;
    final DistributionDataPoint missSeconds;

    TokenCacheMetrics(PrometheusRegistry registry) {
        var requests = Counter.builder()
                .name("authentication_token_cache_request_total")
                .help("Tokens that were looked up among those known.")
                .labelNames("status")
                .register(registry);
        hits = requests.labelValues("hit");
        misses = requests.labelValues("miss");
        var seconds = Histogram.builder()
                .name("authentication_token_cache_request_duration_seconds")
                .help("Seconds until it was known whose a token is.")
                .labelNames("status")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        hitSeconds = seconds.labelValues("hit");
        missSeconds = seconds.labelValues("miss");
        var fetches = Counter.builder()
                .name("authentication_token_cache_fetch_total")
                .help("Tokens that were examined.")
                .labelNames("status")
                .register(registry);
        fetched = fetches.labelValues("ok");
        failed = fetches.labelValues("error");
        var active = Gauge.builder()
                .name("authentication_token_cache_active_fetch_count")
                .help("Tokens that are being examined, and requests that wait for that.")
                .labelNames("status")
                .register(registry);
        inFlight = active.labelValues("in_flight");
        blocked = active.labelValues("blocked");
    }
}
