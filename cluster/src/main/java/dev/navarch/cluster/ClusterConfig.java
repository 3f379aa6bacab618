package dev.navarch.cluster;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.RuntimeConfig;
import dev.navarch.scheduler.SchedulerConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Everything that a cluster is told. Validated once, here.
 *
 * @param dataDir absolute; whatever the cluster keeps lies below it
 * @param bind address that the API server listens on
 * @param port of the API server; 0 picks a free one
 * @param components what is started
 * @param nodes simulated nodes beside the machine's own
 * @param store where state is kept
 * @param encryption how its values are encrypted; empty for not at all
 * @param keys which of the API server's keys somebody else provides
 * @param runtimeConfig which APIs are switched on or off, as {@link RuntimeConfig#parse} reads it
 * @param legacyApis whether the workloads of versions before {@code apps/v1} are served too
 * @param server sets what else the API server is told
 * @param scheduler profiles, plugins and extenders of the scheduler
 * @param kubeconfig file that gets the context; empty for none
 */
public record ClusterConfig(
        Path dataDir,
        String bind,
        int port,
        Components components,
        RuntimeKind runtime,
        int nodes,
        Cidr podCidr,
        Cidr serviceCidr,
        StoreConfig store,
        Optional<EncryptionFile> encryption,
        ServerKeys keys,
        String runtimeConfig,
        boolean legacyApis,
        Consumer<ApiServerConfig.Builder> server,
        SchedulerConfig scheduler,
        Optional<Path> kubeconfig,
        boolean install) {

    public static final int DEFAULT_PORT = 6443;
    public static final Cidr DEFAULT_POD_CIDR = Cidr.parse("10.244.0.0/16");
    public static final Cidr DEFAULT_SERVICE_CIDR = Cidr.parse("10.96.0.0/16");

    /** The contexts that clusters may have in kubeconfig files. */
    static final List<String> CONTEXTS =
            Stream.of(Components.values()).map(Components::context).distinct().toList();

    /** What runs the pods of the machine's own node. */
    public enum RuntimeKind {
        /** containerd where it can run, else simulated. */
        AUTO,
        CONTAINERD,
        SIMULATED
    }

    /** Parts of a cluster. */
    public enum Components {
        ALL,
        /** Without nodes. */
        CONTROL_PLANE,
        /** The API server, its store and the scheduler, without controllers and nodes. */
        SCHEDULER,
        /** The API server and its store, without controllers, scheduler and nodes. */
        APISERVER,
        /** A control plane of whatever is not pods: without nodes and scheduler, and without their APIs. */
        API;

        boolean nodes() {
            return this == ALL;
        }

        boolean controllers() {
            return this == ALL || this == CONTROL_PLANE || this == API;
        }

        boolean scheduler() {
            return this != APISERVER && this != API;
        }

        /** Whether there are pods, nodes and services. */
        boolean workloads() {
            return this != API;
        }

        /** The name of the context in kubeconfig files. */
        String context() {
            return this == API ? "navarch-api" : "navarch";
        }

        /** As on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public ClusterConfig {
        requireNonNull(bind);
        requireNonNull(components);
        requireNonNull(runtime);
        requireNonNull(store);
        requireNonNull(encryption);
        requireNonNull(keys);
        requireNonNull(server);
        requireNonNull(scheduler);
        requireNonNull(kubeconfig);
        dataDir = dataDir.toAbsolutePath().normalize();
        if (port < 0 || port > 65535) {
            throw new ConfigException("port", port, "must be between 0 and 65535");
        }
        if (nodes < 0 || nodes > 100_000) {
            throw new ConfigException("nodes", nodes, "must be between 0 and 100000");
        }
        if (podCidr.prefix() > 24) {
            throw new ConfigException("pod-cidr", podCidr, "must be a /24 or larger: every node gets a /24 of it");
        }
        if (serviceCidr.prefix() > 28 || serviceCidr.prefix() < 12) {
            throw new ConfigException("service-cidr", serviceCidr, "must be between a /12 and a /28");
        }
        try {
            RuntimeConfig.parse(runtimeConfig, legacyApis);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("runtime-config", runtimeConfig, String.valueOf(e.getMessage()));
        }
        if (podCidr.overlaps(serviceCidr)) {
            throw new ConfigException("service-cidr", serviceCidr, "must not overlap the pods' " + podCidr);
        }
    }

    /** Which APIs are served. */
    RuntimeConfig apis() {
        return RuntimeConfig.parse(runtimeConfig, legacyApis)
                .of(components.workloads() ? RuntimeConfig.Offer.CLUSTER : RuntimeConfig.Offer.GENERIC);
    }

    /** For tests: on a free port of the loopback address, with simulated nodes beside the machine's own simulated one. */
    public static ClusterConfig simulated(Path dataDir, int nodes) {
        return simulated(dataDir, Components.ALL, nodes);
    }

    /** Likewise, of some components only. */
    public static ClusterConfig simulated(Path dataDir, Components components, int nodes) {
        return new ClusterConfig(
                dataDir,
                "127.0.0.1",
                0,
                components,
                RuntimeKind.SIMULATED,
                nodes,
                DEFAULT_POD_CIDR,
                DEFAULT_SERVICE_CIDR,
                new StoreConfig.Embedded(),
                Optional.empty(),
                ServerKeys.OWN,
                "",
                false,
                _ -> {},
                SchedulerConfig.standard(),
                Optional.empty(),
                false);
    }

    /** The same with its state elsewhere. */
    public ClusterConfig withStore(StoreConfig other) {
        return with(other, encryption, keys, server);
    }

    /** The same with values that are encrypted where they lie. */
    public ClusterConfig withEncryption(EncryptionFile other) {
        return with(store, Optional.of(other), keys, server);
    }

    /** The same with keys that somebody else provides. */
    public ClusterConfig withKeys(ServerKeys other) {
        return with(store, encryption, other, server);
    }

    /** The same with a server that is told other things. */
    public ClusterConfig withServer(Consumer<ApiServerConfig.Builder> other) {
        return with(store, encryption, keys, other);
    }

    private ClusterConfig with(
            StoreConfig otherStore,
            Optional<EncryptionFile> otherEncryption,
            ServerKeys otherKeys,
            Consumer<ApiServerConfig.Builder> otherServer) {
        return new ClusterConfig(
                dataDir,
                bind,
                port,
                components,
                runtime,
                nodes,
                podCidr,
                serviceCidr,
                otherStore,
                otherEncryption,
                otherKeys,
                runtimeConfig,
                legacyApis,
                otherServer,
                scheduler,
                kubeconfig,
                install);
    }
}
