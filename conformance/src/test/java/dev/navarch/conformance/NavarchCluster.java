package dev.navarch.conformance;

import dev.navarch.cluster.Cidr;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Navarch in this process, with simulated nodes. */
public final class NavarchCluster implements ClusterProvider {
    private static final int SIMULATED_NODES = 2;

    private @Nullable Cluster cluster;

    @Override
    public Path start() throws Exception {
        var config = new ClusterConfig(
                Files.createTempDirectory("conformance"),
                "127.0.0.1",
                0,
                ClusterConfig.RuntimeKind.SIMULATED,
                SIMULATED_NODES,
                Cidr.parse("10.232.0.0/16"),
                Cidr.parse("10.231.0.0/16"),
                Optional.empty(),
                false);
        cluster = Cluster.start(config, Progress.silent());
        return cluster.adminKubeconfig();
    }

    @Override
    public void close() {
        if (cluster != null) {
            cluster.close();
        }
    }
}
