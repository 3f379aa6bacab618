package dev.navarch.embedded;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * What an API server draws names, uids and addresses from, so that two servers with one seed give the same object the same
 * ones: while a request is served, draws follow from what is asked, by whom and when, not from which of several requests at
 * one instant comes first. Draws of nobody's request are taken one after the other.
 */
final class RequestDraws implements RandomGenerator {
    private static final ScopedValue<Asked> SERVED = ScopedValue.newInstance();
    private static final byte[] VERSION = "\"resourceVersion\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final long FNV_BASIS = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final long seed;
    private final TimeSource time;
    private final Random others;

    /** How often the same was asked at the present instant. */
    private final Map<Long, Integer> alike = new HashMap<>();

    private Instant present = Instant.MIN;

    RequestDraws(long seed, TimeSource time) {
        this.seed = seed;
        this.time = time;
        others = new Random(seed);
    }

    /** A request, and how far its draws are; the first finds out where they begin. */
    private final class Asked {
        private final ApiRequest request;
        private boolean begun;
        private long state;

        Asked(ApiRequest request) {
            this.request = request;
        }

        private RequestDraws from() {
            return RequestDraws.this;
        }

        /** SplitMix64's step. */
        long next() {
            if (!begun) {
                begun = true;
                state = begin(hash(request));
            }
            state += GOLDEN;
            return mix(state);
        }
    }

    /** Serves a request whose draws are its own. */
    ScopedValue.Carrier during(ScopedValue.Carrier context, ApiRequest request) {
        return context.where(SERVED, new Asked(request));
    }

    private synchronized long begin(long hash) {
        var now = time.now();
        if (!now.equals(present)) {
            present = now;
            alike.clear();
        }
        return mix(seed ^ hash ^ mix(now.toEpochMilli() + GOLDEN * alike.merge(hash, 1, Integer::sum)));
    }

    @Override
    public long nextLong() {
        if (SERVED.isBound() && SERVED.get().from() == this) {
            return SERVED.get().next();
        }
        synchronized (others) {
            return others.nextLong();
        }
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    private static long hash(ApiRequest request) {
        long hash = text(FNV_BASIS, request.user().name());
        hash = text(hash, request.method());
        hash = text(hash, request.path());
        return body(hash, request.body());
    }

    private static long text(long hash, String text) {
        long now = hash;
        for (int i = 0; i < text.length(); i++) {
            now = (now ^ text.charAt(i)) * FNV_PRIME;
        }
        return now * FNV_PRIME;
    }

    /** Without resource versions: they count what happened before, in whatever order. */
    private static long body(long hash, byte[] body) {
        long now = hash;
        int matched = 0;
        for (int i = 0; i < body.length; i++) {
            now = (now ^ body[i]) * FNV_PRIME;
            matched = body[i] == VERSION[matched] ? matched + 1 : body[i] == VERSION[0] ? 1 : 0;
            if (matched == VERSION.length) {
                matched = 0;
                while (i + 1 < body.length && body[i + 1] >= '0' && body[i + 1] <= '9') {
                    i++;
                }
            }
        }
        return now;
    }
}
