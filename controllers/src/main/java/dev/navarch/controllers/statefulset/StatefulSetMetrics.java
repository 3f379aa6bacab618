package dev.navarch.controllers.statefulset;

import dev.navarch.client.Key;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.prometheus.metrics.core.metrics.Gauge;
import java.time.Instant;
import java.util.List;

/** How many pods of each set are missing, and may be. source: kubernetes pkg/controller/statefulset/metrics. */
final class StatefulSetMetrics {
    private static final String[] LABELS = {"statefulset_namespace", "statefulset_name", "pod_management_policy"};
    private static final List<String> POLICIES = List.of("OrderedReady", "Parallel");

    private final Gauge missing;
    private final Gauge allowed;

    StatefulSetMetrics(ControllerMetrics metrics) {
        missing = metrics.gauge(
                "statefulset_controller_statefulset_unavailable_replicas",
                "Pods of a set that are not there or not available.",
                LABELS);
        allowed = metrics.gauge(
                "statefulset_controller_statefulset_max_unavailable",
                "How many pods of a set may be unavailable while it is updated.",
                LABELS);
    }

    void show(StatefulSet set, List<Pod> pods, Instant now) {
        var policy = set.getSpec().getPodManagementPolicy();
        String[] labels = {
            set.getMetadata().getNamespace(), set.getMetadata().getName(), policy == null ? POLICIES.getFirst() : policy
        };
        long available = pods.stream()
                .filter(pod -> !Pods.isDeleting(pod) && StatefulPods.isAvailable(pod, set, now))
                .count();
        missing.labelValues(labels).set(Math.max(0, StatefulPods.wished(set) - available));
        allowed.labelValues(labels).set(StatefulPods.maxUnavailable(set));
    }

    void forget(Key key) {
        for (var policy : POLICIES) {
            missing.remove(key.namespace(), key.name(), policy);
            allowed.remove(key.namespace(), key.name(), policy);
        }
    }
}
