package dev.navarch.cli;

import dev.navarch.cluster.Cluster;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "up", description = "Starts the cluster and stays in the foreground until Ctrl-C.")
final class UpCommand implements Callable<Integer> {
    @Mixin
    UpOptions options = new UpOptions();

    @Override
    public Integer call() throws Exception {
        return Running.untilStopped(options.resolve(), UpCommand::hints);
    }

    private static void hints(Cluster cluster) {
        cluster.kubeconfig()
                .ifPresentOrElse(
                        file -> System.out.println("  kubectl get nodes           # context \"navarch\" in " + file),
                        () -> System.out.println("  kubectl --kubeconfig " + cluster.adminKubeconfig() + " get nodes"));
        System.out.println("  kubectl get pods -A");
        if (cluster.containers()) {
            System.out.println("  navarch image import FILE.tar");
        }
        System.out.println();
        System.out.println("Ctrl-C stops it and keeps data and containers; \"navarch down\" removes the containers.");
    }
}
