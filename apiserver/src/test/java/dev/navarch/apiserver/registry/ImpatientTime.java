package dev.navarch.apiserver.registry;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** A clock for which short waits are over at once, for those who only want to know what comes of them. */
record ImpatientTime(TimeSource clock) implements TimeSource {
    private static final Duration SHORT = Duration.ofSeconds(10);

    @Override
    public Instant now() {
        return clock.now();
    }

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        if (delay.compareTo(SHORT) > 0) {
            return clock.schedule(delay, task);
        }
        task.run();
        return () -> false;
    }

    @Override
    public void sleep(Duration delay) throws InterruptedException {
        if (delay.compareTo(SHORT) > 0) {
            clock.sleep(delay);
        }
    }
}
