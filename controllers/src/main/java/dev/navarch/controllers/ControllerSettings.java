package dev.navarch.controllers;

import java.time.Duration;
import java.util.Optional;

/**
 * The knobs of the controllers.
 *
 * @param workers threads per queue
 * @param rootCa PEM of the API server's authority, published in every namespace; empty publishes none
 * @param terminatedPods how many ended pods are kept
 * @param nodeMonitorPeriod between looks at the nodes' leases
 * @param nodeGrace silence after which a node counts as lost
 * @param nodeStartupGrace the same for a node that never reported
 * @param signer the authority that signs what was requested and approved; without one nothing is approved or signed
 * @param tokens what signs tokens that lie in secrets; without it such secrets stay empty
 * @param podBlocks from which nodes get ranges of pod addresses; without it none are given
 * @param hostPaths whether host paths are paths of this machine, so that those that may be are deleted with their volumes
 * @param storageMigrations whether the API of StorageVersionMigrations is served, so that somebody should work on them
 * @param workloads whether there are pods, nodes and services; without them only what every control plane needs is run
 */
public record ControllerSettings(
        int workers,
        String rootCa,
        int terminatedPods,
        Duration nodeMonitorPeriod,
        Duration nodeGrace,
        Duration nodeStartupGrace,
        Optional<CertificateSigner> signer,
        Optional<TokenSigner> tokens,
        Optional<String> podBlocks,
        boolean hostPaths,
        boolean workloads,
        boolean storageMigrations) {

    /** source: kubernetes cmd/kube-controller-manager/app/options and pkg/controller/*&#47;config/v1alpha1/defaults.go. */
    public static ControllerSettings upstream(String rootCa) {
        return new ControllerSettings(
                5,
                rootCa,
                12_500,
                Duration.ofSeconds(5),
                Duration.ofSeconds(50),
                Duration.ofSeconds(60),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                true,
                false);
    }

    public ControllerSettings withNodeMonitorPeriod(Duration period) {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                period,
                nodeGrace,
                nodeStartupGrace,
                signer,
                tokens,
                podBlocks,
                hostPaths,
                workloads,
                storageMigrations);
    }

    /** These settings, for an API server without pods, nodes and services. */
    public ControllerSettings withoutWorkloads() {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                signer,
                tokens,
                podBlocks,
                hostPaths,
                false,
                storageMigrations);
    }

    public ControllerSettings withSigner(CertificateSigner authority) {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                Optional.of(authority),
                tokens,
                podBlocks,
                hostPaths,
                workloads,
                storageMigrations);
    }

    public ControllerSettings withTokens(TokenSigner key) {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                signer,
                Optional.of(key),
                podBlocks,
                hostPaths,
                workloads,
                storageMigrations);
    }

    /** @param range from which nodes that know none get one for their pods, such as {@code 10.244.0.0/16} */
    public ControllerSettings withPodBlocks(String range) {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                signer,
                tokens,
                Optional.of(range),
                hostPaths,
                workloads,
                storageMigrations);
    }

    /** These settings, where nodes are this machine. */
    public ControllerSettings withHostPaths() {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                signer,
                tokens,
                podBlocks,
                true,
                workloads,
                storageMigrations);
    }

    /** These settings, for an API server that serves StorageVersionMigrations, which is not the rule. */
    public ControllerSettings withStorageMigrations() {
        return new ControllerSettings(
                workers,
                rootCa,
                terminatedPods,
                nodeMonitorPeriod,
                nodeGrace,
                nodeStartupGrace,
                signer,
                tokens,
                podBlocks,
                hostPaths,
                workloads,
                true);
    }
}
