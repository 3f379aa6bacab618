package dev.navarch.benchmarks;

import java.util.concurrent.locks.LockSupport;

/** What lives in this JVM's heap, in bytes. */
final class Heap {
    private static final long PAUSE_NANOS = 3_000_000_000L;

    private Heap() {}

    /** What is used now. */
    static double used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** What is used once what was started has read what it wants to and put it in order. */
    static double settled() {
        double before;
        double now = used();
        do {
            before = now;
            LockSupport.parkNanos(PAUSE_NANOS);
            now = used();
        } while (Math.abs(now - before) > before / 200);
        return now;
    }
}
