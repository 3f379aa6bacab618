package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.Timestamps;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Pods by what their metrics are worth. Source: kubernetes pkg/controller/podautoscaler/replica_calculator.go
 * (groupPods).
 *
 * @param ready how many count as they are
 * @param unready of no account, unless their number would hold back a scale-up
 * @param missing without a metric
 * @param ignored about to go, or failed
 */
record PodGroups(int ready, Set<String> unready, Set<String> missing, Set<String> ignored) {

    /**
     * @param cpuInitialization after its start a pod's use of cpu counts only while it is ready
     * @param readinessDelay a pod whose readiness hasn't changed later than this after its start has never been ready
     */
    record Periods(Duration cpuInitialization, Duration readinessDelay) {}

    static PodGroups of(List<Pod> pods, Map<String, PodMetric> metrics, String resource, Periods periods, Instant now) {
        int ready = 0;
        Set<String> unready = new HashSet<>();
        Set<String> missing = new HashSet<>();
        Set<String> ignored = new HashSet<>();
        for (var pod : pods) {
            var name = pod.getMetadata().getName();
            var metric = metrics.get(name);
            if (Pods.isDeleting(pod) || Pods.phase(pod).equals("Failed")) {
                ignored.add(name);
            } else if (Pods.phase(pod).equals("Pending")) {
                unready.add(name);
            } else if (metric == null) {
                missing.add(name);
            } else if (resource.equals("cpu") && misleads(pod, metric, periods, now)) {
                unready.add(name);
            } else {
                ready++;
            }
        }
        return new PodGroups(ready, unready, missing, ignored);
    }

    /** Whether the use of cpu is that of a start. */
    private static boolean misleads(Pod pod, PodMetric metric, Periods periods, Instant now) {
        var condition = Pods.condition(pod, "Ready");
        var text = pod.getStatus().getStartTime();
        if (condition.isEmpty() || text == null) {
            return true;
        }
        boolean not = "False".equals(condition.get().getStatus());
        var started = Timestamps.parse(text).orElse(Instant.EPOCH);
        var turned = condition.get().getLastTransitionTime();
        var changed = Optional.ofNullable(turned).flatMap(Timestamps::parse).orElse(Instant.EPOCH);
        return started.plus(periods.cpuInitialization).isAfter(now)
                ? not || metric.at().isBefore(changed.plus(metric.window()))
                : not && started.plus(periods.readinessDelay).isAfter(changed);
    }
}
