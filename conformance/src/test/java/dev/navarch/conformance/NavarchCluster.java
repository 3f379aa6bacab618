package dev.navarch.conformance;

import dev.navarch.cluster.Cidr;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ClusterRemoval;
import dev.navarch.cluster.NodeImages;
import dev.navarch.cluster.Progress;
import dev.navarch.cluster.StoreConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Navarch in this process, with simulated nodes; or, if it is asked for, on this machine's containerd. */
public final class NavarchCluster implements ClusterProvider {
    private static final int SIMULATED_NODES = 2;

    /** Short, because one behaviour is about what has been forgotten. */
    private static final Duration HISTORY = Duration.ofSeconds(10);

    private static volatile boolean containers;

    private @Nullable Path data;
    private @Nullable Cluster cluster;

    /** From now on clusters run containers. */
    static void onContainerd() {
        containers = true;
    }

    @Override
    public Path start() throws Exception {
        var folder = Files.createTempDirectory("conformance");
        data = folder;
        var started = Cluster.start(containers ? real(folder) : simulated(folder), Progress.silent());
        cluster = started;
        if (containers) {
            bringImage(folder);
        }
        return started.adminKubeconfig();
    }

    private static ClusterConfig simulated(Path folder) {
        return ClusterConfig.simulated(folder, SIMULATED_NODES).withStore(new StoreConfig.Embedded(Set.of(), HISTORY));
    }

    private static ClusterConfig real(Path folder) {
        var usual = ClusterConfig.simulated(folder, 0);
        return new ClusterConfig(
                usual.dataDir(),
                "0.0.0.0", // pods call it
                usual.port(),
                usual.components(),
                ClusterConfig.RuntimeKind.CONTAINERD,
                usual.nodes(),
                Cidr.parse("10.203.0.0/16"), // beside a cluster of somebody's own
                Cidr.parse("10.204.0.0/16"),
                usual.store(),
                usual.encryption(),
                usual.keys(),
                usual.runtimeConfig(),
                usual.legacyApis(),
                usual.server(),
                usual.scheduler(),
                Optional.empty(),
                true);
    }

    /** No registry can be asked: what the behaviours need of the image's programs is in busybox too. */
    private static void bringImage(Path folder) throws IOException, InterruptedException {
        var archive = folder.resolve("image.tar");
        var made = new ProcessBuilder("../examples/busybox-image", NeedsContainers.IMAGE, archive.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (made.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
        try (var images = NodeImages.of(folder)) {
            images.importArchive(archive);
        }
    }

    @Override
    public void close() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
        if (containers && data != null) {
            new ClusterRemoval(data, Progress.silent()).reset();
        }
    }
}
