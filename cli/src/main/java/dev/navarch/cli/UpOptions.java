package dev.navarch.cli;

import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ConfigException;
import dev.navarch.scheduler.SchedulerConfig;
import dev.navarch.scheduler.config.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The settings of {@code up}: the command line's before the configuration file's before the defaults. */
final class UpOptions extends ServerOptions {
    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            description = "Address that the API server listens on; default 0.0.0.0, since pods must reach it.")
    @Nullable
    String bind;

    @Option(
            names = "--runtime",
            paramLabel = "auto|containerd|simulated",
            description = "What runs the pods; auto takes containerd where it can.")
    ClusterConfig.@Nullable RuntimeKind runtime;

    @Option(names = "--nodes", paramLabel = "N", description = "So many simulated nodes beside this machine's own.")
    @Nullable
    Integer nodes;

    @Option(names = "--pod-cidr", paramLabel = "CIDR", description = "Addresses of pods; default 10.244.0.0/16.")
    @Nullable
    String podCidr;

    @Option(names = "--service-cidr", paramLabel = "CIDR", description = "Addresses of services; default 10.96.0.0/16.")
    @Nullable
    String serviceCidr;

    @Option(
            names = "--legacy-apis",
            description = "Also serve the workloads of apps/v1beta1, apps/v1beta2 and extensions/v1beta1, for older"
                    + " manifests.")
    boolean legacyApis;

    @Option(
            names = "--components",
            paramLabel = "all|control-plane|scheduler|apiserver",
            description =
                    "control-plane leaves out nodes, scheduler also controllers, apiserver the scheduler too; default"
                            + " all.")
    ClusterConfig.@Nullable Components components;

    @Option(
            names = "--scheduler-config",
            paramLabel = "FILE",
            description = "The scheduler's profiles, plugins and extenders: a KubeSchedulerConfiguration of"
                    + " kubescheduler.config.k8s.io/v1.")
    @Nullable
    Path schedulerConfig;

    @Option(names = "--no-install", description = "Don't install missing Debian packages.")
    boolean noInstall;

    @Override
    Set<String> keys() {
        var keys = new HashSet<>(SHARED_KEYS);
        keys.addAll(List.of(
                "components",
                "runtime",
                "nodes",
                "podCidr",
                "serviceCidr",
                "legacyApis",
                "schedulerConfig",
                "noInstall"));
        return keys;
    }

    /** What was chosen. */
    ClusterConfig resolve() throws IOException {
        var file = read();
        var given = dataDir.dataDir;
        var dir = given != null ? given : text(file, "dataDir").map(Path::of).orElse(null);
        var chosenRuntime = runtime != null
                ? runtime
                : text(file, "runtime")
                        .map(t -> constant(
                                ClusterConfig.RuntimeKind.class, "runtime", t, "auto, containerd or simulated"))
                        .orElse(ClusterConfig.RuntimeKind.AUTO);
        var chosenComponents = components != null
                ? components
                : text(file, "components")
                        .map(t -> constant(
                                ClusterConfig.Components.class,
                                "components",
                                t,
                                "all, control-plane, scheduler or apiserver"))
                        .orElse(ClusterConfig.Components.ALL);
        boolean install = !noInstall && !Boolean.TRUE.equals(file.get("noInstall"));
        return new ClusterConfig(
                DataDirOption.orDefault(dir),
                bind != null ? bind : text(file, "bind").orElse("0.0.0.0"),
                port != null ? port : number(file, "port", ClusterConfig.DEFAULT_PORT),
                chosenComponents,
                chosenRuntime,
                nodes != null ? nodes : number(file, "nodes", 0),
                cidr(podCidr, file, "podCidr", ClusterConfig.DEFAULT_POD_CIDR),
                cidr(serviceCidr, file, "serviceCidr", ClusterConfig.DEFAULT_SERVICE_CIDR),
                store(file),
                runtimeConfig(file),
                legacyApis || Boolean.TRUE.equals(file.get("legacyApis")),
                limits(file),
                timeout(file),
                eventTtl(file),
                admission(file),
                scheduler(file),
                kubeconfig(file),
                install);
    }

    private SchedulerConfig scheduler(Map<?, ?> file) throws IOException {
        var given = schedulerConfig != null
                ? Optional.of(schedulerConfig)
                : text(file, "schedulerConfig").map(Path::of);
        if (given.isEmpty()) {
            return SchedulerConfig.standard();
        }
        try {
            return SchedulerConfig.read(Files.readString(given.get()));
        } catch (ConfigurationException e) {
            throw new ConfigException("scheduler-config", given.get(), String.valueOf(e.getMessage()));
        }
    }
}
