package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.authz.AuthorizationSettings.Link;
import dev.navarch.apiserver.request.Decision;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What authorizers decide, under upstream's names (source: k8s.io/apiserver pkg/authorization/metrics/metrics.go). */
final class AuthorizationMetrics {
    private final Counter decisions = Counter.builder()
            .name("apiserver_authorization_decisions_total")
            .help("Decisions that were the last word, by type and name of the authorizer.")
            .labelNames("type", "name", "decision")
            .build();

    void register(PrometheusRegistry registry) {
        registry.register(decisions);
    }

    /** Where the decisions of one authorizer are counted. */
    Series of(Link link) {
        return new Series(link.type().toString(), link.name());
    }

    /** The points are made when they are first needed, as upstream's are. */
    final class Series {
        private final String type;
        private final String name;
        private volatile CounterDataPoint allowed;
        private volatile CounterDataPoint denied;

        private Series(String type, String name) {
            this.type = type;
            this.name = name;
        }

        void decided(Decision.Outcome outcome) {
            switch (outcome) {
                case ALLOW -> {
                    if (allowed == null) {
                        allowed = decisions.labelValues(type, name, "allowed");
                    }
                    allowed.inc();
                }
                case DENY -> {
                    if (denied == null) {
                        denied = decisions.labelValues(type, name, "denied");
                    }
                    denied.inc();
                }
                case NO_OPINION -> {}
            }
        }
    }
}
