package dev.navarch.cli;

import dev.navarch.cluster.Cluster;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "up", description = "Starts the cluster and stays in the foreground until Ctrl-C.")
final class UpCommand implements Callable<Integer> {
    @Mixin
    UpOptions options = new UpOptions();

    @Override
    public Integer call() throws Exception {
        var config = options.resolve();
        var progress = new ConsoleProgress(System.out);
        var stopped = new CountDownLatch(1);
        var cluster = Cluster.start(config, progress);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            System.out.println();
            cluster.close();
            stopped.countDown();
        }));
        System.out.printf(Locale.ROOT, "%nready in %.1f s%n%n", sinceStart().toMillis() / 1000.0);
        hints(cluster);
        stopped.await();
        return 0;
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
        System.out.flush();
    }

    /** Since the script handed over to the JVM, if it says when, so that a build does not count; else since the JVM began. */
    private static Duration sinceStart() {
        var told = Long.getLong("navarch.started");
        var start = told != null
                ? Optional.of(Instant.ofEpochMilli(told))
                : ProcessHandle.current().info().startInstant();
        return start.map(from -> Duration.between(from, Instant.now())).orElse(Duration.ZERO);
    }
}
