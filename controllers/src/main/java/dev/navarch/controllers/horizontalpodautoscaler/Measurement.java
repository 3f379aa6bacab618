package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.Quantity;
import dev.navarch.controllers.SelectorText;
import dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator.Target;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ContainerResourceMetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ExternalMetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricTarget;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricValueStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ObjectMetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.PodsMetricStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.ResourceMetricStatus;

/**
 * What one metric of an autoscaler asks for. Source: kubernetes pkg/controller/podautoscaler/horizontal.go
 * (computeReplicasForMetric).
 *
 * @param about what events call the metric
 */
record Measurement(int replicas, String about, MetricStatus status) {

    /** What failed, twice: as the event and the condition tell it, and as the whole does. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;
        private final String reason;
        private final transient MetricsFailure cause;

        /** @param prefix of the message when the whole is told */
        Failed(String reason, String prefix, MetricsFailure cause) {
            super(prefix + cause.getMessage());
            this.reason = reason;
            this.cause = cause;
        }

        String reason() {
            return reason;
        }

        String detail() {
            return cause.getMessage();
        }

        boolean ofSpec() {
            return cause.ofSpec();
        }
    }

    /** @param there how many replicas there are */
    static Measurement of(MetricSpec spec, Target target, int there, ReplicaCalculator calculator) throws Failed {
        return switch (spec.getType()) {
            case "Object" ->
                guarded(
                        "FailedGetObjectMetric",
                        "failed to get object metric value: ",
                        () -> object(spec, target, there, calculator));
            case "Pods" ->
                guarded(
                        "FailedGetPodsMetric",
                        "failed to get pods metric value: ",
                        () -> pods(spec, target, calculator));
            case "Resource" ->
                guarded(
                        "FailedGetResourceMetric",
                        "failed to get " + spec.getResource().getName() + " resource metric value: ",
                        () -> resource(spec, target, calculator));
            case "ContainerResource" ->
                guarded(
                        "FailedGetContainerResourceMetric",
                        "failed to get " + spec.getContainerResource().getContainer() + " container metric value: ",
                        () -> containerResource(spec, target, calculator));
            case "External" ->
                guarded(
                        "FailedGetExternalMetric",
                        "failed to get " + spec.getExternal().getMetric().getName() + " external metric value: ",
                        () -> external(spec, target, there, calculator));
            default ->
                throw new Failed(
                        "InvalidMetricSourceType",
                        "",
                        new MetricsFailure("unknown metric source type \"" + spec.getType() + "\"", true));
        };
    }

    private interface Step {
        Measurement take() throws MetricsFailure;
    }

    private static Measurement guarded(String reason, String prefix, Step step) throws Failed {
        try {
            return step.take();
        } catch (MetricsFailure e) {
            throw new Failed(reason, prefix, e);
        }
    }

    private static Measurement object(MetricSpec spec, Target target, int there, ReplicaCalculator calculator)
            throws MetricsFailure {
        var source = spec.getObject();
        var metric = source.getMetric();
        return switch (source.getTarget().getType()) {
            case "Value" -> {
                var found = calculator.byObject(
                        target, millis(source.getTarget().getValue()), metric, source.getDescribedObject());
                yield new Measurement(
                        found.replicas(),
                        source.getDescribedObject().getKind() + " metric " + metric.getName(),
                        new MetricStatusBuilder()
                                .withType("Object")
                                .withObject(new ObjectMetricStatus(
                                        value(found.usage()), source.getDescribedObject(), metric))
                                .build());
            }
            case "AverageValue" -> {
                ReplicaCalculator.Proposal found;
                try {
                    found = calculator.byObjectPerPod(
                            target,
                            there,
                            millis(source.getTarget().getAverageValue()),
                            metric,
                            source.getDescribedObject());
                } catch (MetricsFailure e) {
                    throw e.in("failed to get " + metric.getName() + " object metric: ");
                }
                yield new Measurement(
                        found.replicas(),
                        external(metric), // upstream calls it so
                        new MetricStatusBuilder()
                                .withType("Object")
                                .withObject(new ObjectMetricStatus(
                                        average(found.usage()), source.getDescribedObject(), metric))
                                .build());
            }
            default ->
                throw new MetricsFailure(
                        "invalid object metric source: neither a value target nor an average value target was set");
        };
    }

    private static Measurement pods(MetricSpec spec, Target target, ReplicaCalculator calculator)
            throws MetricsFailure {
        var source = spec.getPods();
        var found = calculator.byPods(target, millis(source.getTarget().getAverageValue()), source.getMetric());
        return new Measurement(
                found.replicas(),
                "pods metric " + source.getMetric().getName(),
                new MetricStatusBuilder()
                        .withType("Pods")
                        .withPods(new PodsMetricStatus(average(found.usage()), source.getMetric()))
                        .build());
    }

    private static Measurement resource(MetricSpec spec, Target target, ReplicaCalculator calculator)
            throws MetricsFailure {
        var name = spec.getResource().getName();
        var found = usage(name, "", spec.getResource().getTarget(), target, calculator, "");
        return new Measurement(
                found.replicas,
                found.about,
                new MetricStatusBuilder()
                        .withType("Resource")
                        .withResource(new ResourceMetricStatus(found.current, name))
                        .build());
    }

    private static Measurement containerResource(MetricSpec spec, Target target, ReplicaCalculator calculator)
            throws MetricsFailure {
        var source = spec.getContainerResource();
        var found =
                usage(source.getName(), source.getContainer(), source.getTarget(), target, calculator, " container");
        return new Measurement(
                found.replicas,
                found.about,
                new MetricStatusBuilder()
                        .withType("ContainerResource")
                        .withContainerResource(new ContainerResourceMetricStatus(
                                source.getContainer(), found.current, source.getName()))
                        .build());
    }

    private record Usage(int replicas, String about, MetricValueStatus current) {}

    private static Usage usage(
            String name, String container, MetricTarget wanted, Target target, ReplicaCalculator calculator, String of)
            throws MetricsFailure {
        try {
            if (wanted.getAverageValue() != null) {
                var found = calculator.byUsage(target, millis(wanted.getAverageValue()), name, container);
                return new Usage(found.replicas(), name + " resource", average(found.usage()));
            }
            if (wanted.getAverageUtilization() != null) {
                var found = calculator.byUtilization(target, wanted.getAverageUtilization(), name, container);
                return new Usage(
                        found.replicas(),
                        name + of + " resource utilization (percentage of request)",
                        new MetricValueStatus(found.utilization(), quantity(found.usage()), null));
            }
        } catch (MetricsFailure e) {
            throw e.in("failed to get " + name + " utilization: ");
        }
        throw new MetricsFailure("invalid resource metric source: neither an average utilization target nor an average"
                + " value target was set");
    }

    private static Measurement external(MetricSpec spec, Target target, int there, ReplicaCalculator calculator)
            throws MetricsFailure {
        var source = spec.getExternal();
        var metric = source.getMetric();
        var wanted = source.getTarget();
        MetricValueStatus current;
        int replicas;
        if (wanted.getAverageValue() != null) {
            try {
                var found = calculator.byExternalPerPod(target, there, millis(wanted.getAverageValue()), metric);
                replicas = found.replicas();
                current = average(found.usage());
            } catch (MetricsFailure e) {
                throw e.in("failed to get " + metric.getName() + " external metric: ");
            }
        } else if (wanted.getValue() != null) {
            try {
                var found = calculator.byExternal(target, millis(wanted.getValue()), metric);
                replicas = found.replicas();
                current = value(found.usage());
            } catch (MetricsFailure e) {
                throw e.in("failed to get external metric " + metric.getName() + ": ");
            }
        } else {
            throw new MetricsFailure(
                    "invalid external metric source: neither a value target nor an average value target was set");
        }
        return new Measurement(
                replicas,
                external(metric),
                new MetricStatusBuilder()
                        .withType("External")
                        .withExternal(new ExternalMetricStatus(current, metric))
                        .build());
    }

    private static String external(MetricIdentifier metric) {
        return "external metric " + metric.getName() + "(" + SelectorText.of(metric.getSelector()) + ")";
    }

    private static long millis(io.fabric8.kubernetes.api.model.Quantity quantity) {
        return Quantity.parse(quantity.toString()).milliValue();
    }

    private static io.fabric8.kubernetes.api.model.Quantity quantity(long millis) {
        return new io.fabric8.kubernetes.api.model.Quantity(
                Quantity.ofMillis(millis).toString());
    }

    private static MetricValueStatus average(long millis) {
        return new MetricValueStatus(null, quantity(millis), null);
    }

    private static MetricValueStatus value(long millis) {
        return new MetricValueStatus(null, null, quantity(millis));
    }
}
