package dev.navarch.time;

import java.time.Duration;
import java.time.Instant;

/**
 * The clock of a component, with its timers. Every component takes one and asks nothing else for the time.
 *
 * <p>Implementations are safe for use by many threads.
 */
public interface TimeSource {

    /** Wall time; may jump. For what is shown or stored. */
    Instant now();

    /** Monotonic nanoseconds from an arbitrary origin. For what is measured. */
    long nanoTime();

    /**
     * Runs {@code task} once after {@code delay}, on a virtual thread of its own (real time) or on the thread that
     * turns the clock (manual time). A failing task is logged, never rethrown.
     */
    Timer schedule(Duration delay, Runnable task);

    /** Blocks the caller for {@code delay} of this clock. */
    void sleep(Duration delay) throws InterruptedException;

    /**
     * Says that something is under way that belongs to the present instant, until the answer is closed. Who turns a clock
     * by hand learns by it when the instant is over; other clocks don't care.
     */
    default Work begin() {
        return Work.UNCOUNTED;
    }

    /** Something that is under way; closed once. */
    interface Work extends AutoCloseable {
        Work UNCOUNTED = () -> {};

        @Override
        void close();
    }

    /** A timer that was set. */
    interface Timer {
        /** Returns true if the task will not run; false if it ran, is running or was cancelled before. */
        boolean cancel();
    }
}
