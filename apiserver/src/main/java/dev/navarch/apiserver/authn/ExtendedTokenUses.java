package dev.navarch.apiserver.authn;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * Counts uses of tokens that live longer than they were asked for: within the time that was asked for, and beyond, where
 * whoever uses them does not read them anew. Source: k8s.io/kubernetes pkg/serviceaccount/metrics.go.
 */
final class ExtendedTokenUses {
    private final CounterDataPoint valid;
    private final CounterDataPoint stale;

    ExtendedTokenUses(PrometheusRegistry registry) {
        valid = counter(registry, "valid", "Uses of extended tokens within the time that was asked for.");
        stale = counter(registry, "stale", "Uses of extended tokens beyond the time that was asked for.");
    }

    private static CounterDataPoint counter(PrometheusRegistry registry, String name, String help) {
        return Counter.builder()
                .name("serviceaccount_" + name + "_tokens_total")
                .help(help)
                .register(registry);
    }

    void used(boolean beyond) {
        (beyond ? stale : valid).inc();
    }
}
