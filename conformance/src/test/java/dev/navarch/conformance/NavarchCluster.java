package dev.navarch.conformance;

import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Navarch in this process, with simulated nodes. */
public final class NavarchCluster implements ClusterProvider {
    private static final int SIMULATED_NODES = 2;

    private @Nullable Cluster cluster;

    @Override
    public Path start() throws Exception {
        var config = ClusterConfig.simulated(Files.createTempDirectory("conformance"), SIMULATED_NODES);
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
