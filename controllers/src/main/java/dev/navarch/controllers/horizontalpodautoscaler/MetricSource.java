package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.LabelSelector;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import java.util.List;
import java.util.Map;

/**
 * Where metrics come from. All values are in thousandths. Source: kubernetes
 * pkg/controller/podautoscaler/metrics/interfaces.go.
 */
interface MetricSource {

    /**
     * The use of a resource by each pod that the selector names.
     *
     * @param container the one that counts; empty for all of a pod
     */
    Map<String, PodMetric> resource(String resource, String namespace, LabelSelector pods, String container)
            throws MetricsFailure;

    /** A metric of each pod that the selector names. */
    Map<String, PodMetric> ofPods(String metric, String namespace, LabelSelector pods, LabelSelector series)
            throws MetricsFailure;

    /** A metric of one object in the namespace, or of the namespace itself. */
    long ofObject(String metric, String namespace, CrossVersionObjectReference object, LabelSelector series)
            throws MetricsFailure;

    /** The values of all series of a metric that has nothing to do with objects. */
    List<Long> external(String metric, String namespace, LabelSelector series) throws MetricsFailure;
}
