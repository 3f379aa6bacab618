package dev.navarch.time;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;

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

    /**
     * Starts a virtual thread whose work belongs to the present instant, but for the while that it sleeps by this clock or
     * waits at one of its gates.
     */
    default Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name(name).start(task);
    }

    /** Says that the work of the calling thread waits for something else than this clock, until the answer is closed. */
    default Work rest() {
        return Work.UNCOUNTED;
    }

    /** A gate that is shut. */
    default Gate gate() {
        var latch = new CountDownLatch(1);
        return new Gate() {
            @Override
            public void open() {
                latch.countDown();
            }

            @Override
            public void await() throws InterruptedException {
                latch.await();
            }
        };
    }

    /** What threads wait at until somebody opens it; it stays open. */
    interface Gate {
        void open();

        /** Returns at once if the gate is open. */
        void await() throws InterruptedException;
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
