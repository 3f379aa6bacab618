package dev.navarch.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "down",
        description = "Stops the cluster and removes its containers, mounts, network devices and nft tables; keeps its"
                + " data.")
final class DownCommand implements Runnable {
    @Mixin
    DataDirOption dataDir = new DataDirOption();

    @Override
    public void run() {
        Removal.down(dataDir.orDefault(), new ConsoleProgress(System.out));
    }
}
