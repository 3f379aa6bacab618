package dev.navarch.cli;

import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ClusterConfig.Components;
import dev.navarch.cluster.ClusterConfig.RuntimeKind;
import dev.navarch.scheduler.SchedulerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "api",
        description = {
            "Starts an API server alone, for those who control something else than pods with it.",
            "It has custom resources, access control, webhooks and policies, namespaces, secrets, config maps, events,"
                    + " leases, quotas, garbage collection and aggregation; no pods, nodes, services or volumes."
        })
final class ApiCommand implements Callable<Integer> {
    @Mixin
    ApiOptions options = new ApiOptions();

    @Override
    public Integer call() throws Exception {
        return Running.untilStopped(options.resolve(), ApiCommand::hints);
    }

    private static void hints(Cluster cluster) {
        cluster.kubeconfig()
                .ifPresentOrElse(
                        file -> System.out.println(
                                "  kubectl api-resources       # context \"navarch-api\" in " + file),
                        () -> System.out.println(
                                "  kubectl --kubeconfig " + cluster.adminKubeconfig() + " api-resources"));
        System.out.println("  kubectl apply -f MY-DEFINITIONS.yaml");
        System.out.println();
        System.out.println("Ctrl-C stops it and keeps the data.");
    }

    /** The settings of {@code api}: the command line's before the configuration file's before the defaults. */
    static final class ApiOptions extends ServerOptions {
        @Option(
                names = "--data-dir",
                paramLabel = "DIR",
                description = "Where the server keeps its data; default that of the cluster with \"-api\" behind it.")
        @Nullable
        Path dataDir;

        @Option(
                names = "--bind",
                paramLabel = "ADDR",
                description = "Address that the API server listens on; default 127.0.0.1.")
        @Nullable
        String bind;

        /** What was chosen. */
        ClusterConfig resolve() throws IOException {
            var file = read();
            return new ClusterConfig(
                    file.path(dataDir, "dataDir").orElseGet(() -> beside(DataDirOption.orDefault(null))),
                    file.text(bind, "bind").orElse("127.0.0.1"),
                    file.number(port, "port", ClusterConfig.DEFAULT_PORT),
                    Components.API,
                    RuntimeKind.SIMULATED,
                    0,
                    ClusterConfig.DEFAULT_POD_CIDR,
                    ClusterConfig.DEFAULT_SERVICE_CIDR,
                    store(file),
                    encryption.chosen(file),
                    keys.chosen(file),
                    runtimeConfig(file),
                    false,
                    server(file),
                    SchedulerConfig.standard(),
                    kubeconfig(file),
                    false);
        }

        private static Path beside(Path cluster) {
            return cluster.resolveSibling(cluster.getFileName() + "-api");
        }
    }
}
