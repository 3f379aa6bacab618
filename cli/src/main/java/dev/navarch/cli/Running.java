package dev.navarch.cli;

import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A cluster in the foreground. */
final class Running {
    private Running() {}

    /**
     * Starts it, and returns when it was stopped.
     *
     * @param hints tells people what to do with it
     */
    static int untilStopped(ClusterConfig config, Consumer<Cluster> hints) throws Exception {
        var progress = new ConsoleProgress(System.out);
        var stopped = new CountDownLatch(1);
        var cluster = Cluster.start(config, progress);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            System.out.println();
            cluster.close();
            stopped.countDown();
        }));
        System.out.printf(Locale.ROOT, "%nready in %.1f s%n%n", sinceStart().toMillis() / 1000.0);
        hints.accept(cluster);
        System.out.flush();
        stopped.await();
        return 0;
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
