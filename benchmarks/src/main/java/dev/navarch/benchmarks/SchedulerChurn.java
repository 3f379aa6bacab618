package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import java.util.concurrent.locks.LockSupport;

/** Does what goes on beside a measurement, as often as a workload says, until it is closed. */
final class SchedulerChurn implements AutoCloseable {
    private final ApiClient client;
    private final SchedulerWorkload.Beside beside;
    private final Thread thread;
    private volatile boolean closed;

    SchedulerChurn(ApiClient client, SchedulerWorkload.Beside beside) {
        this.client = client;
        this.beside = beside;
        thread = Thread.ofVirtual().name("churn").start(this::run);
    }

    private void run() {
        long start = System.nanoTime();
        for (long round = 0; !closed; round++) {
            try {
                beside.action().accept(client, round);
            } catch (ApiFailure e) {
                System.err.println("churn: " + e.getMessage());
            }
            long next = start + (round + 1) * beside.interval().toNanos();
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
