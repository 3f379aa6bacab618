package dev.navarch.apiserver.request;

import dev.navarch.time.TimeSource;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a request's time was spent on, as far as somebody says so. Source: k8s.io/apiserver
 * pkg/endpoints/request/webhook_duration.go.
 */
public final class Latencies {
    private static final ScopedValue<Latencies> CURRENT = ScopedValue.newInstance();

    /** Made when there is something to note. */
    private volatile @Nullable AtomicLongArray nanos;

    /** What takes time; upstream's names. */
    public enum Part {
        AUTHENTICATION("authentication"),
        IMPERSONATION("impersonation"),
        QUEUE("apf-queue-wait"),
        AUTHORIZATION("authorization"),
        MUTATING_WEBHOOK("mutating-webhook"),
        VALIDATING_WEBHOOK("validating-webhook"),
        STORE("etcd"),
        RESPONSE("response-write");

        private final String word;

        Part(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /** Something that takes time, which ends when it is closed. */
    public interface Wait extends AutoCloseable {
        @Override
        void close();
    }

    /** Does what a request asks for; what is said of its time is added up here. */
    public void within(Runnable work) {
        ScopedValue.where(CURRENT, this).run(work);
    }

    /** Likewise, beside what else is known to the thread. */
    public ScopedValue.Carrier of(ScopedValue.Carrier others) {
        return others.where(CURRENT, this);
    }

    /** Lets the calling thread's request take its time for this. */
    public static Wait begin(Part part, TimeSource time) {
        if (!CURRENT.isBound()) {
            return () -> {};
        }
        var of = CURRENT.get();
        long start = time.nanoTime();
        return () -> of.add(part, time.nanoTime() - start);
    }

    /** The calling thread's request, if it serves one, took this long for that. */
    public static void took(Part part, long nanos) {
        if (CURRENT.isBound()) {
            CURRENT.get().add(part, nanos);
        }
    }

    /** It took this long for that. */
    public void add(Part part, long took) {
        var known = nanos;
        if (known == null) {
            synchronized (this) {
                known = nanos;
                if (known == null) {
                    known = new AtomicLongArray(Part.values().length);
                    nanos = known;
                }
            }
        }
        known.addAndGet(part.ordinal(), took);
    }

    private static long of(@Nullable AtomicLongArray known, Part part) {
        return known == null ? 0 : known.get(part.ordinal());
    }

    /** Of waits for webhooks, which are no fault of this server's. */
    public long webhooks() {
        var known = nanos;
        return of(known, Part.MUTATING_WEBHOOK) + of(known, Part.VALIDATING_WEBHOOK);
    }

    /** Tells of all parts that took any time. */
    public void tell(ObjLongConsumer<Part> to) {
        var known = nanos;
        for (var part : Part.values()) {
            long took = of(known, part);
            if (took > 0) {
                to.accept(part, took);
            }
        }
    }
}
