package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.Selectors;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.SelectorText;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How many replicas a metric asks for. Source: kubernetes pkg/controller/podautoscaler/replica_calculator.go,
 * metrics/utilization.go.
 */
final class ReplicaCalculator {
    private final MetricSource metrics;
    private final PodLister pods;
    private final PodGroups.Periods periods;
    private final TimeSource time;

    /** The pods that there are. */
    interface PodLister {
        List<Pod> list(String namespace, LabelSelector selector);
    }

    /** Whose pods, how many there shall be now, and what is tolerated. */
    record Target(String namespace, LabelSelector pods, int replicas, Tolerances tolerances) {}

    /** @param usage in thousandths; for some metrics of each pod */
    record Proposal(int replicas, long usage) {}

    /** @param utilization percent of what the pods ask for */
    record Utilization(int replicas, int utilization, long usage) {}

    /** How far off the target, and the figures to tell. */
    private record Ratio(double ratio, long usage, int utilization) {}

    private interface Measure {
        Ratio of(Map<String, PodMetric> metrics) throws MetricsFailure;
    }

    ReplicaCalculator(MetricSource metrics, PodLister pods, PodGroups.Periods periods, TimeSource time) {
        this.metrics = metrics;
        this.pods = pods;
        this.periods = periods;
        this.time = time;
    }

    /** By the share of a resource that is used of what was asked for. */
    Utilization byUtilization(Target target, int percent, String resource, String container) throws MetricsFailure {
        var found = usage(target, resource, container);
        var all = podsOf(target);
        var known = known(all, found, resource);
        var requests = PodRequests.of(all, container, resource);
        long fallback = Math.max(100, percent);
        int[] utilization = new int[1];
        var proposal = weigh(
                target,
                known,
                those -> utilization(those, requests, percent),
                pod -> requests.getOrDefault(pod, 0L) * fallback / 100,
                first -> utilization[0] = first.utilization);
        return new Utilization(proposal.replicas, utilization[0], proposal.usage);
    }

    /** By the average use of a resource. */
    Proposal byUsage(Target target, long average, String resource, String container) throws MetricsFailure {
        return plain(target, usage(target, resource, container), average, resource);
    }

    private Map<String, PodMetric> usage(Target target, String resource, String container) throws MetricsFailure {
        try {
            return metrics.resource(resource, target.namespace, target.pods, container);
        } catch (MetricsFailure e) {
            throw e.in("unable to get metrics for resource " + resource + ": ");
        }
    }

    /** By the average of a metric that each pod has. */
    Proposal byPods(Target target, long average, MetricIdentifier metric) throws MetricsFailure {
        Map<String, PodMetric> found;
        try {
            found = metrics.ofPods(metric.getName(), target.namespace, target.pods, series(metric));
        } catch (MetricsFailure e) {
            throw e.in("unable to get metric " + metric.getName() + ": ");
        }
        return plain(target, found, average, "");
    }

    /** By a metric of an object, as a whole. */
    Proposal byObject(Target target, long value, MetricIdentifier metric, CrossVersionObjectReference object)
            throws MetricsFailure {
        long usage = ofObject(target, metric, object);
        return new Proposal(forRatio(target, (double) usage / value), usage);
    }

    /**
     * By a metric of an object, shared by the pods.
     *
     * @param there how many replicas there are
     */
    Proposal byObjectPerPod(
            Target target, int there, long average, MetricIdentifier metric, CrossVersionObjectReference object)
            throws MetricsFailure {
        return perPod(target, there, average, ofObject(target, metric, object));
    }

    private long ofObject(Target target, MetricIdentifier metric, CrossVersionObjectReference object)
            throws MetricsFailure {
        try {
            return metrics.ofObject(metric.getName(), target.namespace, object, series(metric));
        } catch (MetricsFailure e) {
            throw new MetricsFailure("unable to get metric " + metric.getName() + ": " + object.getKind() + " on "
                    + target.namespace + " " + object.getName() + "/" + e.getMessage());
        }
    }

    /** By a metric from outside, as a whole. */
    Proposal byExternal(Target target, long value, MetricIdentifier metric) throws MetricsFailure {
        long usage = external(target, metric);
        return new Proposal(forRatio(target, (double) usage / value), usage);
    }

    /** By a metric from outside, shared by the pods. */
    Proposal byExternalPerPod(Target target, int there, long average, MetricIdentifier metric) throws MetricsFailure {
        return perPod(target, there, average, external(target, metric));
    }

    private long external(Target target, MetricIdentifier metric) throws MetricsFailure {
        try {
            long sum = 0;
            for (long value : metrics.external(metric.getName(), target.namespace, series(metric))) {
                sum = plus(sum, value);
            }
            return sum;
        } catch (MetricsFailure e) {
            throw e.in("unable to get external metric " + target.namespace + "/" + metric.getName() + "/"
                    + SelectorText.of(metric.getSelector()) + ": ");
        }
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        boolean over = ((a ^ sum) & (b ^ sum)) < 0;
        return over ? a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE : sum;
    }

    private static LabelSelector series(MetricIdentifier metric) {
        return metric.getSelector() == null ? LabelSelector.everything() : Selectors.of(metric.getSelector());
    }

    private List<Pod> podsOf(Target target) throws MetricsFailure {
        var all = pods.list(target.namespace, target.pods);
        if (all.isEmpty()) {
            throw new MetricsFailure("no pods returned by selector while calculating replica count");
        }
        return all;
    }

    private record Known(Map<String, PodMetric> metrics, PodGroups groups) {}

    private Known known(List<Pod> all, Map<String, PodMetric> found, String resource) throws MetricsFailure {
        var groups = PodGroups.of(all, found, resource, periods, time.now());
        Map<String, PodMetric> counting = new HashMap<>(found);
        counting.keySet().removeAll(groups.ignored());
        counting.keySet().removeAll(groups.unready());
        if (counting.isEmpty()) {
            throw new MetricsFailure("did not receive metrics for targeted pods (pods might be unready)");
        }
        return new Known(counting, groups);
    }

    private Proposal plain(Target target, Map<String, PodMetric> found, long average, String resource)
            throws MetricsFailure {
        var known = known(podsOf(target), found, resource);
        return weigh(target, known, those -> average(those, average), _ -> average, _ -> {});
    }

    /**
     * What the pods that count ask for; and if some don't, whether that would still be so if those used nothing, where
     * more are wanted, or all that they may, where fewer are.
     */
    private Proposal weigh(
            Target target, Known known, Measure measure, Function<String, Long> full, Consumer<Ratio> told)
            throws MetricsFailure {
        var groups = known.groups;
        var ratio = measure.of(known.metrics);
        told.accept(ratio);
        boolean upWithUnready = !groups.unready().isEmpty() && ratio.ratio > 1;
        if (!upWithUnready && groups.missing().isEmpty()) {
            int replicas = target.tolerances.cover(ratio.ratio) ? target.replicas : ceil(ratio.ratio * groups.ready());
            return new Proposal(replicas, ratio.usage);
        }
        Map<String, PodMetric> supposed = new HashMap<>(known.metrics);
        var now = time.now();
        for (var pod : groups.missing()) {
            if (ratio.ratio != 1) {
                long value = ratio.ratio < 1 ? full.apply(pod) : 0;
                supposed.put(pod, new PodMetric(now, Duration.ZERO, value));
            }
        }
        if (upWithUnready) {
            groups.unready().forEach(pod -> supposed.put(pod, new PodMetric(now, Duration.ZERO, 0)));
        }
        double again = measure.of(supposed).ratio;
        boolean turned = ratio.ratio < 1 && again > 1 || ratio.ratio > 1 && again < 1;
        if (turned || target.tolerances.cover(again)) {
            return new Proposal(target.replicas, ratio.usage);
        }
        int replicas = ceil(again * supposed.size());
        boolean against = again < 1 && replicas > target.replicas || again > 1 && replicas < target.replicas;
        return new Proposal(against ? target.replicas : replicas, ratio.usage);
    }

    private static Ratio utilization(Map<String, PodMetric> metrics, Map<String, Long> requests, int percent)
            throws MetricsFailure {
        long used = 0;
        long asked = 0;
        int entries = 0;
        for (var entry : metrics.entrySet()) {
            var request = requests.get(entry.getKey());
            if (request != null) { // else of a pod that is no more
                used = plus(used, entry.getValue().value());
                asked = plus(asked, request);
                entries++;
            }
        }
        if (asked == 0) {
            throw new MetricsFailure("no metrics returned matched known pods");
        }
        int current = (int) Math.min(Integer.MAX_VALUE, used * 100 / asked);
        return new Ratio((double) current / percent, used / entries, current);
    }

    private static Ratio average(Map<String, PodMetric> metrics, long target) {
        long sum = 0;
        for (var metric : metrics.values()) {
            sum = plus(sum, metric.value());
        }
        long usage = sum / metrics.size();
        return new Ratio((double) usage / target, usage, 0);
    }

    /** From nothing, pods and tolerance count for nothing. */
    private int forRatio(Target target, double ratio) throws MetricsFailure {
        if (target.replicas == 0) {
            return ceil(ratio);
        }
        if (target.tolerances.cover(ratio)) {
            return target.replicas;
        }
        List<Pod> all;
        try {
            all = podsOf(target);
        } catch (MetricsFailure e) {
            throw e.in("unable to calculate ready pods: ");
        }
        long ready = all.stream()
                .filter(p -> Pods.phase(p).equals("Running") && Pods.isReady(p))
                .count();
        return ceil(ratio * ready);
    }

    private static Proposal perPod(Target target, int there, long average, long usage) {
        double ratio = usage / ((double) average * there);
        int replicas = target.tolerances.cover(ratio) ? there : ceil((double) usage / average);
        return new Proposal(replicas, (long) Math.ceil((double) usage / there));
    }

    /** Capped to what an integer holds. */
    private static int ceil(double value) {
        return (int) Math.ceil(value);
    }
}
