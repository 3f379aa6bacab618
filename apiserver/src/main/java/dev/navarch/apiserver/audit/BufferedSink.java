package dev.navarch.apiserver.audit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets events wait, so that requests don't, and hands them on in batches by a thread of its own; what finds the buffer full
 * is dropped and counted (source: k8s.io/apiserver plugin/pkg/audit/buffered). A batch goes when it is full, or when its
 * first event has waited for long enough. One batch is under way at a time.
 */
final class BufferedSink implements AuditSink {
    private final AuditSink sink;
    private final AuditSettings.Batch settings;
    private final AuditMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    /** Guarded by the lock. */
    private final ArrayDeque<AuditEvent> buffer = new ArrayDeque<>();

    private final Thread thread;
    private volatile boolean closed;
    /** Batches that may go now; the thread's. */
    private double tokens;

    private long refilled;

    BufferedSink(AuditSink sink, AuditSettings.Batch settings, AuditMetrics metrics) {
        this.sink = sink;
        this.settings = settings;
        this.metrics = metrics;
        tokens = settings.burst();
        refilled = System.nanoTime();
        thread = Thread.ofPlatform().name("audit").daemon().start(this::run);
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        for (int i = 0; i < events.size(); i++) {
            if (!offer(events.get(i))) {
                metrics.failed(
                        "buffered",
                        events.size() - i,
                        closed ? "audit backend shut down" : "audit buffer queue blocked");
                return true;
            }
        }
        return true;
    }

    /** Wakes the thread only when it has something to do: whoever is woken for each event costs more than the event. */
    private boolean offer(AuditEvent event) {
        lock.lock();
        try {
            if (closed || buffer.size() >= settings.buffer()) {
                return false;
            }
            buffer.add(event);
            if (buffer.size() == 1 || buffer.size() == settings.most()) {
                arrived.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (!closed) {
                var batch = gather();
                if (settings.throttled()) {
                    throttle();
                }
                sink.process(batch);
            }
        } catch (InterruptedException _) {
            closed = true; // by nobody of ours
        }
        for (var rest = drained(); !rest.isEmpty(); rest = drained()) {
            sink.process(rest);
        }
    }

    private List<AuditEvent> drained() {
        lock.lock();
        try {
            return taken();
        } finally {
            lock.unlock();
        }
    }

    private List<AuditEvent> taken() {
        List<AuditEvent> batch = new ArrayList<>(Math.min(buffer.size(), settings.most()));
        while (batch.size() < settings.most() && !buffer.isEmpty()) {
            batch.add(buffer.remove());
        }
        return batch;
    }

    /** At least one event, unless it was closed. */
    private List<AuditEvent> gather() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (buffer.isEmpty() && !closed) {
                arrived.await();
            }
            long left = settings.patience().toNanos();
            while (buffer.size() < settings.most() && left > 0 && !closed) {
                left = arrived.awaitNanos(left);
            }
            return taken();
        } finally {
            lock.unlock();
        }
    }

    private void throttle() throws InterruptedException {
        long now = System.nanoTime();
        tokens = Math.min(settings.burst(), tokens + (now - refilled) / 1e9 * settings.perSecond());
        refilled = now;
        long left = (long) ((1 - tokens) / settings.perSecond() * 1e9);
        lock.lockInterruptibly();
        try {
            while (left > 0 && !closed) {
                left = arrived.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        tokens--;
    }

    @Override
    public void close() {
        lock.lock();
        closed = true; // whatever was taken in before goes yet; what is under way is let through
        arrived.signalAll();
        lock.unlock();
        sink.closing();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        sink.close();
    }
}
