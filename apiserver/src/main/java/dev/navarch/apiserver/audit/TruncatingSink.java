package dev.navarch.apiserver.audit;

import java.util.ArrayList;
import java.util.List;

/** Takes their objects from events that are too large, and cuts batches (source: k8s.io/apiserver plugin/pkg/audit/truncate). */
final class TruncatingSink implements AuditSink {
    private final AuditSink sink;
    private final AuditSettings.Truncation bounds;
    private final AuditMetrics metrics;

    TruncatingSink(AuditSink sink, AuditSettings.Truncation bounds, AuditMetrics metrics) {
        this.sink = sink;
        this.bounds = bounds;
        this.metrics = metrics;
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        boolean all = true;
        int dropped = 0;
        long size = 0;
        List<AuditEvent> batch = new ArrayList<>();
        for (var event : events) {
            var fitting = event;
            long length = fitting.json().length;
            if (length > bounds.mostOfEvent() && event.head().level().covers(AuditLevel.REQUEST)) {
                fitting = event.truncated();
                length = fitting.json().length;
            }
            if (length > bounds.mostOfEvent()) {
                dropped++;
                continue;
            }
            if (!batch.isEmpty() && size + length > bounds.mostOfBatch()) {
                all &= sink.process(List.copyOf(batch));
                batch.clear();
                size = 0;
            }
            size += length;
            batch.add(fitting);
        }
        if (!batch.isEmpty()) {
            all &= sink.process(List.copyOf(batch));
        }
        if (dropped > 0) {
            metrics.failed("truncate", dropped, "event is too large even after truncating");
        }
        return all;
    }

    @Override
    public boolean mayBlock() {
        return sink.mayBlock();
    }

    @Override
    public void close() {
        sink.close();
    }
}
