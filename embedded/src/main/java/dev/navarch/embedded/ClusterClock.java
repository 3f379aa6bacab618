package dev.navarch.embedded;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock that a whole cluster lives by. It runs, or stands still until it is told to {@link #advance}; either way an
 * hour can pass in a moment: each instant at which something is due is visited, and left when nobody has anything left to
 * do at it. Safe for use by many threads.
 */
public final class ClusterClock implements AutoCloseable {
    private static final long TICK_NANOS = 1_000_000;

    private volatile ManualTime time = new ManualTime(Instant.EPOCH);
    private volatile Idleness idleness = new Idleness(time);

    /** Held by who turns the clock. */
    private final Object turning = new Object();

    private volatile @Nullable Thread ticker;

    ClusterClock() {}

    /** Is the clock of another life from now on. */
    void follow(ManualTime ofLife, Idleness itsIdleness) {
        synchronized (turning) {
            time = ofLife;
            idleness = itsIdleness;
        }
    }

    /** Does something while time stands still and the cluster rests. */
    <T> T still(Supplier<T> action) {
        idleness.requireOutside(); // before it waits for those who turn the clock, and wait for it
        synchronized (turning) {
            idleness.await();
            return action.get();
        }
    }

    /** What the cluster takes for the present. */
    public Instant now() {
        return time.now();
    }

    /**
     * Lets {@code step} pass, timer by timer. Returns when the cluster has done all that was to be done by then.
     *
     * @throws IllegalStateException if at one of the instants the cluster does not come to rest, or a thread of the cluster's
     *     own asks for it, such as one that does what a script says
     */
    public void advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("a clock can't be turned back: " + step);
        }
        idleness.requireOutside();
        synchronized (turning) {
            var target = time.now().plus(step);
            idleness.await();
            for (var due = time.next(); due.isPresent() && !due.get().isAfter(target); due = time.next()) {
                long begun = time.begun();
                time.advance(Duration.between(time.now(), due.get()));
                if (time.begun() != begun || !idleness.rests()) {
                    idleness.await();
                }
            }
            time.advance(Duration.between(time.now(), target));
        }
    }

    /** Lets time stand still until {@link #advance} or {@link #resume}. */
    public synchronized void pause() {
        var running = ticker;
        ticker = null;
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Lets time pass as it does outside, from the present instant on. */
    public synchronized void resume() {
        if (ticker == null) {
            ticker = Thread.ofPlatform().name("cluster-clock").daemon().unstarted(this::tick);
            ticker.start();
        }
    }

    /** Whether time passes by itself. */
    public boolean running() {
        return ticker != null;
    }

    private void tick() {
        long last = System.nanoTime();
        while (ticker == Thread.currentThread()) {
            LockSupport.parkNanos(TICK_NANOS);
            long now = System.nanoTime();
            synchronized (turning) {
                time.advance(Duration.ofNanos(now - last));
            }
            last = now;
        }
    }

    @Override
    public void close() {
        pause();
    }
}
