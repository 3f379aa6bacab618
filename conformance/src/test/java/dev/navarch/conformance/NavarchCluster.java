package dev.navarch.conformance;

import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import dev.navarch.cluster.StoreConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Navarch in this process, with simulated nodes. */
public final class NavarchCluster implements ClusterProvider {
    private static final int SIMULATED_NODES = 2;

    /** Short, because one behaviour is about what has been forgotten. */
    private static final Duration HISTORY = Duration.ofSeconds(10);

    private @Nullable Cluster cluster;

    @Override
    public Path start() throws Exception {
        var config = ClusterConfig.simulated(Files.createTempDirectory("conformance"), SIMULATED_NODES)
                .withStore(new StoreConfig.Embedded(Set.of(), HISTORY));
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
