package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Waits for versions that a client has seen elsewhere and this server not yet (source: k8s.io/apiserver
 * pkg/storage/cacher/watch_cache.go, waitUntilFreshAndBlock; pkg/storage/errors.go, NewTooLargeResourceVersionError).
 */
final class Freshness {
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int RETRY_SECONDS = 1;
    private static final String EVERYTHING = "/";

    private final Store store;
    private final TimeSource time;

    Freshness(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    boolean reached(long revision) {
        return revision <= store.revision();
    }

    /**
     * Returns when the store has come so far.
     *
     * @throws ApiFailure 504 if it has not after three seconds
     */
    void await(long revision) throws InterruptedException {
        if (reached(revision)) {
            return;
        }
        var over = new CountDownLatch(1);
        try (var watch = store.watch(EVERYTHING, 0)) {
            watch.listen(() -> {
                if (reached(revision)) {
                    over.countDown();
                }
            });
            var timer = time.schedule(PATIENCE, over::countDown);
            try {
                if (!reached(revision)) {
                    over.await();
                }
            } finally {
                timer.cancel();
            }
        }
        if (!reached(revision)) {
            throw tooLarge(revision, store.revision());
        }
    }

    static ApiFailure tooLarge(long wanted, long current) {
        return ApiFailure.tooLargeResourceVersion(wanted, current, RETRY_SECONDS);
    }
}
