package dev.navarch.storage.etcd;

import dev.navarch.storage.Store;
import dev.navarch.storage.StoreException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Asks again what fails while etcd is away, as a client does. */
final class Persistence {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private Persistence() {}

    /** Returns the first answer; throws the last failure if there is none in time. */
    static <T> T answer(Callable<T> attempt) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                return attempt.call();
            } catch (StoreException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
            }
        }
    }

    /** Until the store has what etcd has. */
    static void sync(Store store) throws Exception {
        answer(() -> {
            store.sync();
            return true;
        });
    }
}
