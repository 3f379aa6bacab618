package dev.navarch.apiserver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** Writes a line for each event (source: k8s.io/apiserver plugin/pkg/audit/log/backend.go). */
final class LogSink implements AuditSink {
    private final Lines out;
    private final boolean legacy;
    private final AuditMetrics metrics;

    /** Where lines go; by one thread at a time. */
    interface Lines {
        void write(byte[] lines) throws IOException;

        default void close() throws IOException {}
    }

    LogSink(Lines out, boolean legacy, AuditMetrics metrics) {
        this.out = out;
        this.legacy = legacy;
        this.metrics = metrics;
    }

    static LogSink open(AuditSettings.Log settings, TimeSource time, AuditMetrics metrics) throws IOException {
        return new LogSink(
                settings.path().isEmpty() ? lines(System.out) : RotatingFile.open(settings, time),
                settings.legacy(),
                metrics);
    }

    private static Lines lines(PrintStream out) {
        return lines -> {
            out.write(lines);
            out.flush();
        };
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        var lines = new ByteArrayOutputStream(1024 * events.size());
        for (var event : events) {
            lines.writeBytes(legacy ? event.line().getBytes(UTF_8) : event.json());
            lines.write('\n');
        }
        try {
            synchronized (this) {
                out.write(lines.toByteArray());
            }
            return true;
        } catch (IOException e) {
            metrics.failed("log", events.size(), String.valueOf(e.getMessage()));
            return false;
        }
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            metrics.failed("log", 0, String.valueOf(e.getMessage()));
        }
    }
}
