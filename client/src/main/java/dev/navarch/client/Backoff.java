package dev.navarch.client;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Growing pauses between tries, doubled by chance so that many clients don't come back together. A quiet while
 * starts it anew. Used by one thread.
 *
 * <p>source: client-go tools/cache/reflector.go (800 ms to 30 s, factor 2, jitter 1, reset after 2 min).
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(800);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration RESET = Duration.ofMinutes(2);

    private final TimeSource time;
    private final RandomGenerator random;
    private Duration next = FIRST;
    private long lastNanos;

    Backoff(TimeSource time, RandomGenerator random) {
        this.time = time;
        this.random = random;
        lastNanos = time.nanoTime();
    }

    void pause() throws InterruptedException {
        long now = time.nanoTime();
        if (now - lastNanos > RESET.toNanos()) {
            next = FIRST;
        }
        lastNanos = now;
        var pause = next.plusNanos((long) (next.toNanos() * random.nextDouble()));
        next = next.multipliedBy(2);
        if (next.compareTo(LONGEST) > 0) {
            next = LONGEST;
        }
        time.sleep(pause);
    }
}
