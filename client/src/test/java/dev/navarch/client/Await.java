package dev.navarch.client;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits in tests for what other threads do, with a deadline in real time. */
public final class Await {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long POLL_NANOS = 500_000;

    private Await() {}

    /** Waits until the condition holds. */
    public static void until(String what, BooleanSupplier condition) {
        poll(what, condition, () -> {});
    }

    /**
     * Turns the clock by {@code step} again and again until the condition holds, so that back-offs pass; not while
     * something is under way that belongs to the present instant.
     */
    public static void until(String what, ManualTime time, Duration step, BooleanSupplier condition) {
        poll(what, condition, () -> {
            if (!time.busy()) {
                time.advance(step);
            }
        });
    }

    private static void poll(String what, BooleanSupplier condition, Runnable meanwhile) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain: " + what);
            }
            meanwhile.run();
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
