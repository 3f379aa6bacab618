package dev.navarch.apiserver.following;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Store;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What lies below a prefix of the store, followed by a thread of its own until closed, whatever goes wrong meanwhile. */
public final class Follower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Follower.class);
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** Told one after the other. What it throws is logged, and it is told a little later that everything may have changed. */
    public interface Listener {
        /** @param keys what changed; empty where that is not known, so that everything may have */
        void changed(Optional<Set<String>> keys) throws InterruptedException;

        /** Nothing has changed for half a minute. */
        default void idle() throws InterruptedException {}
    }

    private final Store store;
    private final String prefix;
    private final Listener listener;
    private final Thread thread;
    private volatile boolean closed;

    private Follower(Store store, String prefix, OptionalLong after, Listener listener) {
        this.store = store;
        this.prefix = prefix;
        this.listener = listener;
        thread = Thread.ofVirtual().name("follows " + prefix).unstarted(() -> follow(after));
    }

    /** Of one that knows nothing yet: at first everything may have changed. */
    public static Follower start(Store store, String prefix, Listener listener) {
        return start(new Follower(store, prefix, OptionalLong.empty(), listener));
    }

    /** @param after the revision up to which everything is known */
    public static Follower start(Store store, String prefix, long after, Listener listener) {
        return start(new Follower(store, prefix, OptionalLong.of(after), listener));
    }

    private static Follower start(Follower follower) {
        follower.thread.start();
        return follower;
    }

    private void follow(OptionalLong after) {
        long from = after.orElse(0);
        boolean known = after.isPresent();
        while (!closed) {
            try {
                if (!known) {
                    from = store.revision();
                    listener.changed(Optional.empty());
                    known = true;
                }
                watch(from);
            } catch (CompactedException _) {
                known = false;
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException e) {
                known = false;
                if (!closed && !pauseAfter(e)) {
                    return;
                }
            }
        }
    }

    private void watch(long from) throws InterruptedException {
        try (var watch = store.watch(prefix, from)) {
            while (!closed) {
                Set<String> keys = new LinkedHashSet<>();
                for (var event : watch.next(IDLE)) {
                    keys.add(event.key());
                }
                if (keys.isEmpty()) {
                    listener.idle();
                } else {
                    listener.changed(Optional.of(keys));
                }
            }
        }
    }

    /** @return false if it is to end */
    private boolean pauseAfter(RuntimeException problem) {
        log.warn("What lies below {} can't be followed; trying again", prefix, problem);
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException _) {
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
