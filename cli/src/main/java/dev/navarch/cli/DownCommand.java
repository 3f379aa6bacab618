package dev.navarch.cli;

import dev.navarch.cluster.ClusterRemoval;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "down",
        description = "Stops the cluster and removes its containers, mounts, network devices and nft tables; keeps its"
                + " data.")
final class DownCommand implements Callable<Integer> {
    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Override
    public Integer call() throws Exception {
        new ClusterRemoval(dataDir.orDefault(), new ConsoleProgress(System.out)).down();
        return 0;
    }
}
