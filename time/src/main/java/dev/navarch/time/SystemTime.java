package dev.navarch.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's own clock. One daemon thread keeps the timers; their tasks run on virtual threads. */
public final class SystemTime implements TimeSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemTime.class);

    private final ScheduledThreadPoolExecutor timers;

    public SystemTime() {
        timers = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("navarch-timers").factory());
        timers.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Timer schedule(Duration delay, Runnable task) {
        ScheduledFuture<?> future = timers.schedule(
                () -> Thread.ofVirtual().name("timer").start(() -> run(task)), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("A timer's task failed", e);
        }
    }

    @Override
    public void sleep(Duration delay) throws InterruptedException {
        Thread.sleep(delay);
    }

    @Override
    public void close() {
        timers.shutdownNow();
    }
}
