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
        var keys = new HashSet<>(super.keys());
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
        var dir = file.path(dataDir.dataDir, "dataDir").orElse(null);

        var chosenRuntime = runtime != null
                ? runtime
                : file.text("runtime")
                        .map(t -> constant(
                                ClusterConfig.RuntimeKind.class, "runtime", t, "auto, containerd or simulated"))
                        .orElse(ClusterConfig.RuntimeKind.AUTO);
        var chosenComponents = components != null
                ? components
                : file.text("components")
                        .map(t -> constant(
                                ClusterConfig.Components.class,
                                "components",
                                t,
                                "all, control-plane, scheduler or apiserver"))
                        .orElse(ClusterConfig.Components.ALL);
        boolean install = !file.flag(noInstall, "noInstall");
        return new ClusterConfig(
                DataDirOption.orDefault(dir),
                file.text(bind, "bind").orElse("0.0.0.0"),
                file.number(port, "port", ClusterConfig.DEFAULT_PORT),
                chosenComponents,
                chosenRuntime,
                file.number(nodes, "nodes", 0),
                cidr(podCidr, file, "podCidr", ClusterConfig.DEFAULT_POD_CIDR),
                cidr(serviceCidr, file, "serviceCidr", ClusterConfig.DEFAULT_SERVICE_CIDR),
                store(file),
                encryption.chosen(file),
                keys.chosen(file),
                runtimeConfig(file),
                file.flag(legacyApis, "legacyApis"),
                server(file),
                scheduler(file),
                kubeconfig(file),
                install);
    }

    private SchedulerConfig scheduler(SettingsFile file) throws IOException {
        var given = file.path(schedulerConfig, "schedulerConfig");
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
