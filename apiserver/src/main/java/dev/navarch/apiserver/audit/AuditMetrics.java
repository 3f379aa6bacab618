package dev.navarch.apiserver.audit;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is counted of the audit log, under upstream's names (source: k8s.io/apiserver pkg/audit/metrics.go). */
final class AuditMetrics {
    private static final Logger log = LoggerFactory.getLogger(AuditMetrics.class);

    private final CounterDataPoint events;
    private final Counter errors;
    private final Map<AuditLevel, CounterDataPoint> levels = new EnumMap<>(AuditLevel.class);
    private final Counter rejected;

    AuditMetrics(PrometheusRegistry registry) {
        events = Counter.builder()
                .name("apiserver_audit_event_total")
                .help("Audit events that were made.")
                .register(registry);
        errors = Counter.builder()
                .name("apiserver_audit_error_total")
                .help("Audit events that could not be recorded, by what failed.")
                .labelNames("plugin")
                .register(registry);
        var byLevel = Counter.builder()
                .name("apiserver_audit_level_total")
                .help("Requests by the level at which they are recorded.")
                .labelNames("level")
                .register(registry);
        for (var level : AuditLevel.values()) {
            levels.put(level, byLevel.labelValues(level.toString()));
        }
        rejected = Counter.builder()
                .name("apiserver_audit_requests_rejected_total")
                .help("Requests refused because they could not be recorded.")
                .register(registry);
    }

    void level(AuditLevel level) {
        levels.get(level).inc();
    }

    void event() {
        events.inc();
    }

    void rejected() {
        rejected.inc();
    }

    /** The events themselves are not logged: their addresses may tell what logs must not. */
    void failed(String plugin, int affected, String why) {
        errors.labelValues(plugin).inc(affected);
        log.error("Error in audit plugin '{}' affecting {} audit events: {}", plugin, affected, why);
    }
}
