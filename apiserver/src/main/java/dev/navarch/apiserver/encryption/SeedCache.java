package dev.navarch.apiserver.encryption;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys that a KMS plugin told, for a day after they were last used (source: k8s.io/apiserver
 * pkg/storage/value/encrypt/envelope/kmsv2/cache.go). What it refused is refused for a while without asking again, so that
 * a plugin that is silent is not waited for once for every value.
 */
final class SeedCache {
    private static final Duration LIFE = Duration.ofDays(1);

    private final TimeSource time;
    private final Duration refusal;
    private final IntConsumer size;
    private final Map<String, Known> known = new ConcurrentHashMap<>();
    /** Guarded by this. */
    private final Map<String, Refused> refused = new HashMap<>();

    static final class Known {
        final Transformation seed;
        volatile long used;

        Known(Transformation seed, long used) {
            this.seed = seed;
            this.used = used;
        }
    }

    private record Refused(SealFailure why, long at) {}

    /** @param size is told how many there are */
    SeedCache(TimeSource time, Duration refusal, IntConsumer size) {
        this.time = time;
        this.refusal = refusal;
        this.size = size;
    }

    /**
     * Waits for whoever asks the plugin already.
     *
     * @param asking throws {@link SealFailure} if the plugin does not tell
     */
    Transformation get(String key, Supplier<Transformation> asking) {
        var there = used(key);
        return there == null ? ask(key, asking) : there.seed;
    }

    private synchronized Transformation ask(String key, Supplier<Transformation> asking) {
        var there = used(key);
        if (there != null) {
            return there.seed;
        }
        long now = time.nanoTime();
        var before = refused.get(key);
        if (before != null && now - before.at < refusal.toNanos()) {
            throw before.why;
        }
        try {
            var told = asking.get();
            put(key, told);
            return told;
        } catch (SealFailure e) {
            refused.values().removeIf(old -> now - old.at >= refusal.toNanos());
            refused.put(key, new Refused(e, time.nanoTime()));
            throw e;
        }
    }

    synchronized void put(String key, Transformation seed) {
        long now = time.nanoTime();
        known.values().removeIf(old -> now - old.used > LIFE.toNanos());
        known.put(key, new Known(seed, now));
        refused.remove(key);
        size.accept(known.size());
    }

    /** Keeps what is written with from being forgotten. */
    @Nullable
    Known used(String key) {
        var there = known.get(key);
        if (there != null) {
            there.used = time.nanoTime();
        }
        return there;
    }
}
