package dev.navarch.controllers.horizontalpodautoscaler;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Key;
import dev.navarch.controllers.horizontalpodautoscaler.AutoscalerMetrics.Action;
import dev.navarch.controllers.horizontalpodautoscaler.AutoscalerMetrics.Fault;
import dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator.Target;
import dev.navarch.controllers.horizontalpodautoscaler.ScaleTargets.Scale;
import dev.navarch.controllers.horizontalpodautoscaler.ScaleTargets.ScaleFailure;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatusBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks at one autoscaler: measures, decides, scales, and says so. Source: kubernetes
 * pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler).
 */
final class Autoscaling {
    private final ScaleTargets targets;
    private final ReplicaCalculator calculator;
    private final ReplicaCalculator.PodLister pods;
    private final Teller events;
    private final AutoscalerMetrics metrics;
    private final AutoscalerSettings settings;
    private final TimeSource time;
    private final KnownSelectors selectors = new KnownSelectors();
    private final Map<Key, ScalingHistory> histories = new ConcurrentHashMap<>();

    /** Takes events. */
    interface Teller {
        void tell(HorizontalPodAutoscaler about, boolean warning, String reason, String message);
    }

    /** The autoscaler's status from now on, and what went wrong, if anything. */
    record Outcome(HorizontalPodAutoscalerStatus status, Optional<String> failure) {}

    Autoscaling(
            ScaleTargets targets,
            MetricSource source,
            ReplicaCalculator.PodLister pods,
            Teller events,
            AutoscalerMetrics metrics,
            AutoscalerSettings settings,
            TimeSource time) {
        this.targets = targets;
        this.calculator = new ReplicaCalculator(source, pods, settings.periods(), time);
        this.pods = pods;
        this.events = events;
        this.metrics = metrics;
        this.settings = settings;
        this.time = time;
    }

    /** What was recommended and done lately. */
    ScalingHistory history(Key key) {
        return histories.computeIfAbsent(key, _ -> new ScalingHistory());
    }

    /** Until its pods are known an autoscaler is in nobody's way. */
    KnownSelectors selectors() {
        return selectors;
    }

    void forget(Key key) {
        histories.remove(key);
        selectors.remove(key);
        metrics.gone(key);
    }

    Outcome look(HorizontalPodAutoscaler autoscaler) {
        var look = new Look(autoscaler);
        long start = time.nanoTime();
        metrics.there(look.key);
        var failure = look.run();
        metrics.reconciled(look.action, look.fault, time.nanoTime() - start);
        return new Outcome(look.status(), failure);
    }

    /** One look at one autoscaler. */
    private final class Look {
        private final HorizontalPodAutoscaler autoscaler;
        private final Key key;
        private final String reference;
        private final int least;
        private final HorizontalPodAutoscalerStatus before;
        private final Conditions conditions;
        private Optional<Counts> counts = Optional.empty();
        private Action action = Action.NONE;
        private Fault fault = Fault.NONE;

        /** @param rescaled when it was scaled now */
        private record Counts(int current, int desired, List<MetricStatus> metrics, boolean rescaled) {}

        Look(HorizontalPodAutoscaler autoscaler) {
            this.autoscaler = autoscaler;
            key = Key.of(autoscaler);
            var target = autoscaler.getSpec().getScaleTargetRef();
            reference = target.getKind() + "/" + key.namespace() + "/" + target.getName();
            var minimum = autoscaler.getSpec().getMinReplicas();
            least = minimum == null ? 1 : minimum;
            before = autoscaler.getStatus() == null ? new HorizontalPodAutoscalerStatus() : autoscaler.getStatus();
            List<HorizontalPodAutoscalerCondition> told = before.getConditions();
            conditions = new Conditions(told == null ? List.of() : told, time.now());
        }

        HorizontalPodAutoscalerStatus status() {
            var status = new HorizontalPodAutoscalerStatusBuilder(before).withConditions(conditions.all());
            counts.ifPresent(c -> {
                status.withCurrentReplicas(c.current)
                        .withDesiredReplicas(c.desired)
                        .withCurrentMetrics(c.metrics);
                if (c.rescaled) {
                    status.withLastScaleTime(Timestamps.seconds(time.now()));
                }
            });
            return status.build();
        }

        private void warn(String reason, String message) {
            events.tell(autoscaler, true, reason, message);
        }

        private Optional<String> failed(Fault whose, String message) {
            fault = whose;
            return Optional.of(message);
        }

        Optional<String> run() {
            Scale scale;
            try {
                scale = targets.get(key.namespace(), autoscaler.getSpec().getScaleTargetRef());
            } catch (ScaleFailure e) {
                warn("FailedGetScale", String.valueOf(e.getMessage()));
                conditions.set(
                        Conditions.ABLE,
                        false,
                        "FailedGetScale",
                        "the HPA controller was unable to get the target's current scale: " + e.getMessage());
                return failed(Fault.INTERNAL, e.step() + " for " + reference + ": " + e.getMessage());
            }
            conditions.set(
                    Conditions.ABLE,
                    true,
                    "SucceededGetScale",
                    "the HPA controller was able to get the target's current scale");
            history(key).begin(scale.wanted(), time.now());
            int most = autoscaler.getSpec().getMaxReplicas();
            if (scale.wanted() == 0 && least != 0) {
                conditions.set(
                        Conditions.ACTIVE,
                        false,
                        "ScalingDisabled",
                        "scaling is disabled since the replica count of the target is zero");
                stay(0, 0, List.of());
                return Optional.empty();
            }
            if (scale.wanted() > most) {
                return rescale(
                        scale.wanted(),
                        most,
                        "Current number of replicas above Spec.MaxReplicas",
                        List.of(),
                        Optional.empty());
            }
            if (scale.wanted() < least) {
                return rescale(
                        scale.wanted(),
                        least,
                        "Current number of replicas below Spec.MinReplicas",
                        List.of(),
                        Optional.empty());
            }
            return byMetrics(scale);
        }

        private void stay(int current, int desired, List<MetricStatus> statuses) {
            counts = Optional.of(new Counts(current, desired, statuses, false));
            metrics.wants(key, desired);
        }

        private Optional<String> byMetrics(Scale scale) {
            int current = scale.wanted();
            var measured = new Measured(scale);
            var failure = measured.run();
            if (measured.useless) {
                int desired = before.getDesiredReplicas() == null ? 0 : before.getDesiredReplicas();
                counts = Optional.of(new Counts(current, desired, measured.statuses, false));
                warn("FailedComputeMetricsReplicas", failure.orElseThrow());
                return failed(
                        fault == Fault.NONE ? Fault.INTERNAL : fault,
                        "failed to compute desired number of replicas based on listed metrics for " + reference + ": "
                                + failure.orElseThrow());
            }
            failure.ifPresent(_ -> fault = Fault.INTERNAL);
            int proposed = Math.max(0, measured.replicas);
            var reason = proposed > current
                    ? (proposed > 0 ? measured.about : "") + " above target"
                    : proposed < current ? "All metrics below target" : "";
            var normalized =
                    history(key).normalize(autoscaler, least, current, proposed, settings.stabilization(), time.now());
            conditions.set(
                    Conditions.ABLE,
                    true,
                    normalized.able().reason(),
                    normalized.able().message());
            conditions.set(
                    Conditions.LIMITED,
                    normalized.limited(),
                    normalized.limit().reason(),
                    normalized.limit().message());
            if (normalized.replicas() == current) {
                stay(current, current, measured.statuses);
                return failure;
            }
            return rescale(current, normalized.replicas(), reason, measured.statuses, failure);
        }

        private Optional<String> rescale(
                int current, int desired, String reason, List<MetricStatus> statuses, Optional<String> failure) {
            try {
                targets.set(key.namespace(), autoscaler.getSpec().getScaleTargetRef(), desired);
            } catch (ScaleFailure e) {
                warn("FailedRescale", "New size: " + desired + "; reason: " + reason + "; error: " + e.getMessage());
                conditions.set(
                        Conditions.ABLE,
                        false,
                        "FailedUpdateScale",
                        "the HPA controller was unable to update the target scale: " + e.getMessage());
                int wanted = before.getDesiredReplicas() == null ? 0 : before.getDesiredReplicas();
                var shown = before.getCurrentMetrics() == null ? List.<MetricStatus>of() : before.getCurrentMetrics();
                counts = Optional.of(new Counts(current, wanted, shown, false));
                return failed(Fault.INTERNAL, "failed to rescale " + reference + ": " + e.getMessage());
            }
            conditions.set(
                    Conditions.ABLE,
                    true,
                    "SucceededRescale",
                    "the HPA controller was able to update the target scale to " + desired);
            events.tell(autoscaler, false, "SuccessfulRescale", "New size: " + desired + "; reason: " + reason);
            history(key).scaled(autoscaler, current, desired, time.now());
            action = Action.of(current, desired);
            counts = Optional.of(new Counts(current, desired, statuses, true));
            metrics.wants(key, desired);
            return failure;
        }

        /** What all metrics together ask for: the most that any does. */
        private final class Measured {
            private final Scale scale;
            private final List<MetricStatus> statuses = new ArrayList<>();
            private int replicas;
            private String about = "";
            private boolean useless;

            Measured(Scale scale) {
                this.scale = scale;
            }

            /** What went wrong; the rest may still be of use. */
            Optional<String> run() {
                var selector = selector();
                if (selector.isEmpty()) {
                    useless = true;
                    return invalidSelector;
                }
                var target = new Target(
                        key.namespace(),
                        selector.get(),
                        scale.wanted(),
                        Tolerances.of(autoscaler, settings.tolerance()));
                var specs = autoscaler.getSpec().getMetrics();
                Optional<Measurement.Failed> first = Optional.empty();
                int failures = 0;
                for (var spec : specs) {
                    long start = time.nanoTime();
                    try {
                        var found = Measurement.of(spec, target, scale.there(), calculator);
                        statuses.add(found.status());
                        if (replicas == 0 || found.replicas() > replicas) {
                            replicas = found.replicas();
                            about = found.about();
                        }
                        metrics.computed(
                                Action.of(shown(), found.replicas()),
                                Fault.NONE,
                                spec.getType(),
                                time.nanoTime() - start);
                    } catch (Measurement.Failed e) {
                        warn(e.reason(), e.detail());
                        first = first.or(() -> Optional.of(e));
                        failures++;
                        statuses.add(new MetricStatus(null, null, null, null, null, ""));
                        metrics.computed(
                                Action.NONE,
                                e.ofSpec() ? Fault.SPEC : Fault.INTERNAL,
                                spec.getType(),
                                time.nanoTime() - start);
                    }
                }
                int count = failures;
                var failure = first.map(e -> "invalid metrics (" + count + " invalid out of " + specs.size()
                        + "), first error is: " + e.getMessage());
                useless = failures >= specs.size() || failures > 0 && replicas < scale.wanted();
                if (useless) {
                    conditions.set(
                            Conditions.ACTIVE,
                            false,
                            first.map(Measurement.Failed::reason).orElse(""),
                            "the HPA was unable to compute the replica count: "
                                    + first.map(Measurement.Failed::detail).orElse(""));
                } else {
                    conditions.set(
                            Conditions.ACTIVE,
                            true,
                            "ValidMetricFound",
                            "the HPA was able to successfully calculate a replica count from " + about);
                }
                return failure;
            }

            private int shown() {
                return before.getCurrentReplicas() == null ? 0 : before.getCurrentReplicas();
            }

            private Optional<String> invalidSelector = Optional.empty();

            private Optional<LabelSelector> selector() {
                if (scale.selector().isEmpty()) {
                    return invalid(
                            "SelectorRequired",
                            "InvalidSelector",
                            "selector is required",
                            "the HPA target's scale is missing a selector");
                }
                LabelSelector selector;
                try {
                    selector = LabelSelector.parse(scale.selector());
                } catch (SelectorException e) {
                    var message = "couldn't convert selector into a corresponding internal selector object: "
                            + e.getMessage();
                    return invalid("InvalidSelector", "InvalidSelector", message, message);
                }
                selectors.put(key, selector);
                var looking = selectors.of(key.namespace(), pods.list(key.namespace(), selector));
                if (looking.size() > 1) {
                    var message = "pods by selector " + scale.selector() + " are controlled by multiple HPAs: ["
                            + String.join(" ", looking) + "]";
                    return invalid("AmbiguousSelector", "AmbiguousSelector", message, message);
                }
                return Optional.of(selector);
            }

            private Optional<LabelSelector> invalid(String event, String reason, String message, String condition) {
                warn(event, message);
                conditions.set(Conditions.ACTIVE, false, reason, condition);
                invalidSelector = Optional.of(message);
                return Optional.empty();
            }
        }
    }
}
