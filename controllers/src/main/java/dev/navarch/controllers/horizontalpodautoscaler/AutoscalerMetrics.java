package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.client.Key;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What autoscalers do, under upstream's names (source: pkg/controller/podautoscaler/monitor/metrics.go). */
final class AutoscalerMetrics {
    private static final String PREFIX = "horizontal_pod_autoscaler_controller_";
    private static final double NANOS = 1e9;
    private static final int BUCKETS = 15;

    private final Counter reconciliations;
    private final Histogram reconciliationSeconds;
    private final Counter computations;
    private final Histogram computationSeconds;
    private final Gauge count;
    private final Gauge desired;
    private final Set<Key> known = ConcurrentHashMap.newKeySet();

    /** What was done, or proposed. */
    enum Action {
        SCALE_UP("scale_up"),
        SCALE_DOWN("scale_down"),
        NONE("none");

        private final String label;

        Action(String label) {
            this.label = label;
        }

        static Action of(int before, int after) {
            return after > before ? SCALE_UP : after < before ? SCALE_DOWN : NONE;
        }
    }

    /** Whose fault it is. */
    enum Fault {
        SPEC("spec"),
        INTERNAL("internal"),
        NONE("none");

        private final String label;

        Fault(String label) {
            this.label = label;
        }
    }

    AutoscalerMetrics(PrometheusRegistry registry) {
        reconciliations = Counter.builder()
                .name(PREFIX + "reconciliations_total")
                .help("Looks at autoscalers, by what was done and what went wrong.")
                .labelNames("action", "error")
                .register(registry);
        reconciliationSeconds = histogram("reconciliation_duration_seconds", "Time of a look at an autoscaler.")
                .labelNames("action", "error")
                .register(registry);
        computations = Counter.builder()
                .name(PREFIX + "metric_computation_total")
                .help("Metrics that were looked at, by what they asked for and what went wrong.")
                .labelNames("action", "error", "metric_type")
                .register(registry);
        computationSeconds = histogram("metric_computation_duration_seconds", "Time of a look at a metric.")
                .labelNames("action", "error", "metric_type")
                .register(registry);
        count = Gauge.builder()
                .name(PREFIX + "num_horizontal_pod_autoscalers")
                .help("Autoscalers that there are.")
                .register(registry);
        desired = Gauge.builder()
                .name(PREFIX + "desired_replicas")
                .help("How many replicas an autoscaler wants.")
                .labelNames("hpa_name", "namespace")
                .register(registry);
    }

    private static Histogram.Builder histogram(String name, String help) {
        var bounds = new double[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            bounds[i] = 0.001 * (1L << i);
        }
        return Histogram.builder().name(PREFIX + name).help(help).classicOnly().classicUpperBounds(bounds);
    }

    void there(Key autoscaler) {
        known.add(autoscaler);
        count.set(known.size());
    }

    void gone(Key autoscaler) {
        known.remove(autoscaler);
        count.set(known.size());
        desired.remove(autoscaler.name(), autoscaler.namespace());
    }

    void wants(Key autoscaler, int replicas) {
        desired.labelValues(autoscaler.name(), autoscaler.namespace()).set(replicas);
    }

    void reconciled(Action action, Fault fault, long nanos) {
        reconciliations.labelValues(action.label, fault.label).inc();
        reconciliationSeconds.labelValues(action.label, fault.label).observe(nanos / NANOS);
    }

    void computed(Action action, Fault fault, String type, long nanos) {
        computations.labelValues(action.label, fault.label, type).inc();
        computationSeconds.labelValues(action.label, fault.label, type).observe(nanos / NANOS);
    }
}
