package dev.navarch.apiserver;

import dev.navarch.time.TimeSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long a request has waited for webhooks, which is no fault of this server's. Source: k8s.io/apiserver
 * pkg/endpoints/request/webhook_duration.go.
 */
public final class OutsideTime {
    private static final ScopedValue<OutsideTime> CURRENT = ScopedValue.newInstance();

    private final AtomicLong nanos = new AtomicLong();

    /** A wait for others, which ends when it is closed. */
    public interface Wait extends AutoCloseable {
        @Override
        void close();
    }

    /** Does what a request asks for; its waits are added up here. */
    void within(Runnable work) {
        ScopedValue.where(CURRENT, this).run(work);
    }

    /** Begins a wait of the request that the calling thread serves. */
    public static Wait begin(TimeSource time) {
        if (!CURRENT.isBound()) {
            return () -> {};
        }
        var of = CURRENT.get();
        long start = time.nanoTime();
        return () -> of.nanos.addAndGet(time.nanoTime() - start);
    }

    long nanos() {
        return nanos.get();
    }
}
