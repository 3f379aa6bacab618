package dev.navarch.controllers;

import java.time.Duration;

/**
 * The knobs of the controllers.
 *
 * @param workers threads per queue
 * @param rootCa PEM of the API server's authority, published in every namespace; empty publishes none
 * @param terminatedPods how many ended pods are kept
 * @param nodeMonitorPeriod between looks at the nodes' leases
 * @param nodeGrace silence after which a node counts as lost
 * @param nodeStartupGrace the same for a node that never reported
 */
public record ControllerSettings(
        int workers,
        String rootCa,
        int terminatedPods,
        Duration nodeMonitorPeriod,
        Duration nodeGrace,
        Duration nodeStartupGrace) {

    /** source: kubernetes cmd/kube-controller-manager/app/options and pkg/controller/*&#47;config/v1alpha1/defaults.go. */
    public static ControllerSettings upstream(String rootCa) {
        return new ControllerSettings(
                5, rootCa, 12_500, Duration.ofSeconds(5), Duration.ofSeconds(50), Duration.ofSeconds(60));
    }
}
