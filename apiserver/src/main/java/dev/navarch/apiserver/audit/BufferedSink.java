package dev.navarch.apiserver.audit;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Lets events wait, so that requests don't, and hands them on in batches by a thread of its own; what finds the buffer full
 * is dropped and counted (source: k8s.io/apiserver plugin/pkg/audit/buffered). A batch goes when it is full, or when its
 * first event has waited for long enough. One batch is under way at a time.
 */
final class BufferedSink implements AuditSink {
    private final AuditSink sink;
    private final AuditSettings.Batch settings;
    private final TimeSource time;
    private final AuditMetrics metrics;
    private final ArrayBlockingQueue<AuditEvent> buffer;
    private final Thread thread;
    private volatile boolean closed;
    /** Batches that may go now; the thread's. */
    private double tokens;

    private long refilled;

    BufferedSink(AuditSink sink, AuditSettings.Batch settings, TimeSource time, AuditMetrics metrics) {
        this.sink = sink;
        this.settings = settings;
        this.time = time;
        this.metrics = metrics;
        buffer = new ArrayBlockingQueue<>(settings.buffer());
        tokens = settings.burst();
        refilled = System.nanoTime();
        thread = Thread.ofPlatform().name("audit").daemon().start(this::run);
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        for (int i = 0; i < events.size(); i++) {
            if (closed || !buffer.offer(events.get(i))) {
                metrics.failed(
                        "buffered",
                        events.size() - i,
                        closed ? "audit backend shut down" : "audit buffer queue blocked");
                return true;
            }
        }
        return true;
    }

    private void run() {
        try {
            while (!closed) {
                pass(gather());
            }
        } catch (InterruptedException _) {
            // closed: what is left goes at once
        }
        for (var rest = drained(); !rest.isEmpty(); rest = drained()) {
            sink.process(rest);
        }
    }

    private List<AuditEvent> drained() {
        List<AuditEvent> rest = new ArrayList<>();
        buffer.drainTo(rest, settings.most());
        return rest;
    }

    /** At least one event. */
    private List<AuditEvent> gather() throws InterruptedException {
        List<AuditEvent> batch = new ArrayList<>();
        batch.add(buffer.take());
        long end = System.nanoTime() + settings.patience().toNanos();
        try {
            while (batch.size() < settings.most()) {
                if (buffer.drainTo(batch, settings.most() - batch.size()) > 0) {
                    continue;
                }
                var next = buffer.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    break;
                }
                batch.add(next);
            }
        } catch (InterruptedException e) {
            sink.process(batch);
            throw e;
        }
        return batch;
    }

    private void pass(List<AuditEvent> batch) throws InterruptedException {
        if (settings.throttled()) {
            try {
                throttle();
            } catch (InterruptedException e) {
                sink.process(batch);
                throw e;
            }
        }
        sink.process(batch);
    }

    private void throttle() throws InterruptedException {
        long now = System.nanoTime();
        tokens = Math.min(settings.burst(), tokens + (now - refilled) / 1e9 * settings.perSecond());
        refilled = now;
        if (tokens < 1) {
            time.sleep(Duration.ofNanos((long) ((1 - tokens) / settings.perSecond() * 1e9)));
        }
        tokens--;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
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
