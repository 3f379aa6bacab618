package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.LabelSelector;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says of pod-0, pod-1 and so on what it was told; fails when told so. */
final class FakeMetrics implements MetricSource {
    private final Instant at;
    /** By metric. */
    final Map<String, long[]> values = new LinkedHashMap<>();

    boolean broken;

    FakeMetrics(Instant at) {
        this.at = at;
    }

    FakeMetrics with(String metric, long... each) {
        values.put(metric, each);
        return this;
    }

    private long[] values(String metric, String api) throws MetricsFailure {
        if (broken) {
            throw new MetricsFailure("something went wrong");
        }
        var found = values.getOrDefault(metric, new long[0]);
        if (found.length == 0) {
            throw new MetricsFailure("no metrics returned from " + api + " metrics API");
        }
        return found;
    }

    private Map<String, PodMetric> pods(long[] each) {
        Map<String, PodMetric> found = new LinkedHashMap<>();
        for (int i = 0; i < each.length; i++) {
            found.put("pod-" + i, new PodMetric(at, Duration.ofMinutes(1), each[i]));
        }
        return found;
    }

    @Override
    public Map<String, PodMetric> resource(String resource, String namespace, LabelSelector pods, String container)
            throws MetricsFailure {
        return pods(values(container.isEmpty() ? resource : container + "/" + resource, "resource"));
    }

    @Override
    public Map<String, PodMetric> ofPods(String metric, String namespace, LabelSelector pods, LabelSelector series)
            throws MetricsFailure {
        return pods(values(metric, "custom"));
    }

    @Override
    public long ofObject(String metric, String namespace, CrossVersionObjectReference object, LabelSelector series)
            throws MetricsFailure {
        return values(metric, "custom")[0];
    }

    @Override
    public List<Long> external(String metric, String namespace, LabelSelector series) throws MetricsFailure {
        List<Long> all = new ArrayList<>();
        for (long value : values(metric, "external")) {
            all.add(value);
        }
        return all;
    }
}
