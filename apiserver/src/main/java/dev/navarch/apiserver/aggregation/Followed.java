package dev.navarch.apiserver.aggregation;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.WatchClosedException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What lies below a prefix of the store, followed by a thread of its own. */
final class Followed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Followed.class);
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(500);

    /** Told one after the other. */
    interface Changes {
        /** @param keys what changed; empty where that is not known, so that everything may have */
        void changed(Optional<Set<String>> keys) throws InterruptedException;
    }

    private final Store store;
    private final String prefix;
    private final Changes changes;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Follows until closed.
     *
     * @param after the revision up to which everything is known
     */
    Followed(Store store, String prefix, long after, Changes changes) {
        this.store = store;
        this.prefix = prefix;
        this.changes = changes;
        thread = Thread.ofVirtual().name("aggregation " + prefix).start(() -> follow(after));
    }

    private void follow(long after) {
        long revision = after;
        while (!closed) {
            try (var watch = store.watch(prefix, revision)) {
                while (!closed) {
                    Set<String> keys = new LinkedHashSet<>();
                    for (var event : watch.next(IDLE)) {
                        revision = Math.max(revision, event.revision());
                        keys.add(
                                switch (event) {
                                    case StoreEvent.Put put -> put.now().key();
                                    case StoreEvent.Delete delete ->
                                        delete.last().key();
                                });
                    }
                    if (!keys.isEmpty()) {
                        changes.changed(Optional.of(keys));
                    }
                }
            } catch (InterruptedException _) {
                return;
            } catch (CompactedException | WatchClosedException | StoreException e) {
                if (closed) {
                    return;
                }
                log.debug("{} is read anew", prefix, e);
                try {
                    if (!(e instanceof CompactedException)) {
                        Thread.sleep(PAUSE);
                    }
                    revision = store.revision();
                    changes.changed(Optional.empty());
                } catch (InterruptedException _) {
                    return;
                }
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
