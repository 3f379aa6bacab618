package dev.navarch.controllers.horizontalpodautoscaler;

import java.time.Duration;

/**
 * How autoscalers work that don't say otherwise.
 *
 * @param period between two looks at one autoscaler
 * @param tolerance share of the target that usage may be off
 * @param stabilization how long the highest recommendation holds back a scale-down
 */
record AutoscalerSettings(
        Duration period, double tolerance, Duration stabilization, PodGroups.Periods periods, int workers) {

    /** Source: kubernetes pkg/controller/podautoscaler/config/v1alpha1/defaults.go. */
    static AutoscalerSettings upstream() {
        return new AutoscalerSettings(
                Duration.ofSeconds(15),
                0.1,
                Duration.ofMinutes(5),
                new PodGroups.Periods(Duration.ofMinutes(5), Duration.ofSeconds(30)),
                5);
    }
}
