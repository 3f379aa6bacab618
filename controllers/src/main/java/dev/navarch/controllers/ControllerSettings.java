package dev.navarch.controllers;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

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
        Optional<PodRanges> podBlocks,
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
        return with(draft -> draft.nodeMonitorPeriod = period);
    }

    /** These settings, for an API server without pods, nodes and services. */
    public ControllerSettings withoutWorkloads() {
        return with(draft -> draft.workloads = false);
    }

    public ControllerSettings withSigner(CertificateSigner authority) {
        return with(draft -> draft.signer = Optional.of(authority));
    }

    public ControllerSettings withTokens(TokenSigner key) {
        return with(draft -> draft.tokens = Optional.of(key));
    }

    /** @param ranges from which nodes that know none get their pods' addresses */
    public ControllerSettings withPodBlocks(PodRanges ranges) {
        return with(draft -> draft.podBlocks = Optional.of(ranges));
    }

    /** These settings, where nodes are this machine. */
    public ControllerSettings withHostPaths() {
        return with(draft -> draft.hostPaths = true);
    }

    /** These settings, for an API server that serves StorageVersionMigrations, which is not the rule. */
    public ControllerSettings withStorageMigrations() {
        return with(draft -> draft.storageMigrations = true);
    }

    private ControllerSettings with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** A copy in the making. */
    private static final class Draft {
        private final ControllerSettings settings;
        private Duration nodeMonitorPeriod;
        private Optional<CertificateSigner> signer;
        private Optional<TokenSigner> tokens;
        private Optional<PodRanges> podBlocks;
        private boolean hostPaths;
        private boolean workloads;
        private boolean storageMigrations;

        Draft(ControllerSettings settings) {
            this.settings = settings;
            nodeMonitorPeriod = settings.nodeMonitorPeriod;
            signer = settings.signer;
            tokens = settings.tokens;
            podBlocks = settings.podBlocks;
            hostPaths = settings.hostPaths;
            workloads = settings.workloads;
            storageMigrations = settings.storageMigrations;
        }

        ControllerSettings finished() {
            return new ControllerSettings(
                    settings.workers,
                    settings.rootCa,
                    settings.terminatedPods,
                    nodeMonitorPeriod,
                    settings.nodeGrace,
                    settings.nodeStartupGrace,
                    signer,
                    tokens,
                    podBlocks,
                    hostPaths,
                    workloads,
                    storageMigrations);
        }
    }
}
