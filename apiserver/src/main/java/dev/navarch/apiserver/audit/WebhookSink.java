package dev.navarch.apiserver.audit;

import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Posts events as an EventList, again and later if that fails, five times in all (sources: k8s.io/apiserver
 * plugin/pkg/audit/webhook/webhook.go and pkg/util/webhook/webhook.go, DefaultRetryBackoffWithInitialDelay).
 */
final class WebhookSink implements AuditSink {
    private static final int TRIES = 5;
    private static final double FACTOR = 1.5;
    private static final byte[] BEFORE =
            "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":["
                    .getBytes(StandardCharsets.UTF_8);

    private final AuditSettings.Post post;
    private final Duration backoff;
    private final TimeSource time;
    private final AuditMetrics metrics;
    private volatile boolean closing;
    /** Of the retries that wait; all of them end when it is closed. */
    private final Set<CountDownLatch> pauses = ConcurrentHashMap.newKeySet();

    WebhookSink(AuditSettings.Post post, Duration backoff, TimeSource time, AuditMetrics metrics) {
        this.post = post;
        this.backoff = backoff;
        this.time = time;
        this.metrics = metrics;
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    @Override
    public boolean process(List<AuditEvent> events) {
        var list = list(events);
        var delay = backoff;
        for (int tries = 1; ; tries++) {
            try {
                post.send(list);
                return true;
            } catch (IOException | RuntimeException e) {
                if (tries == TRIES || closing) {
                    metrics.failed("webhook", events.size(), String.valueOf(e.getMessage()));
                    return false;
                }
            } catch (InterruptedException _) {
                return interrupted(events);
            }
            try {
                pause(delay);
            } catch (InterruptedException _) {
                return interrupted(events);
            }
            delay = Duration.ofNanos((long) (delay.toNanos() * FACTOR));
        }
    }

    /** Not as long once it is closed: then there is one more try. */
    private void pause(Duration delay) throws InterruptedException {
        var over = new CountDownLatch(1);
        pauses.add(over);
        var timer = time.schedule(delay, over::countDown);
        try {
            if (!closing) {
                over.await();
            }
        } finally {
            timer.cancel();
            pauses.remove(over);
        }
    }

    private boolean interrupted(List<AuditEvent> events) {
        closing = true;
        metrics.failed("webhook", events.size(), "audit backend shut down");
        Thread.currentThread().interrupt();
        return false;
    }

    private static byte[] list(List<AuditEvent> events) {
        var list = new ByteArrayOutputStream(1024 * events.size());
        list.writeBytes(BEFORE);
        for (int i = 0; i < events.size(); i++) {
            if (i > 0) {
                list.write(',');
            }
            list.writeBytes(events.get(i).json());
        }
        list.write(']');
        list.write('}');
        return list.toByteArray();
    }

    @Override
    public void closing() {
        closing = true;
        pauses.forEach(CountDownLatch::countDown);
    }

    @Override
    public void close() {
        closing();
    }
}
