package dev.navarch.apiserver.following;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Store;
import dev.navarch.storage.Watch;
import dev.navarch.storage.WatchClosedException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether anything under a prefix has changed since one last looked, for the price of a volatile read. A write counts from
 * before its acknowledgement on.
 */
public final class Changes implements AutoCloseable {
    private final Store store;
    private final String prefix;
    private final AtomicLong told = new AtomicLong();
    private Watch watch;

    /** @param after the revision after which changes count */
    public Changes(Store store, String prefix, long after) {
        this.store = store;
        this.prefix = prefix;
        watch = open(after);
    }

    private Watch open(long revision) {
        var opened = store.watch(prefix, revision);
        opened.listen(this::changed);
        told.incrementAndGet(); // something may have come before the listener
        return opened;
    }

    /** Grows with every change. What is read after this was asked holds for as long as the answer is the same. */
    public long count() {
        return told.get();
    }

    /** That there is something new is all there is to know of it: it is taken off at once. */
    private void changed() {
        told.incrementAndGet();
        take();
    }

    private synchronized void take() {
        try {
            var events = watch.poll();
            while (!events.isEmpty()) {
                events = watch.poll();
            }
        } catch (CompactedException _) {
            watch.close();
            watch = open(store.revision());
        } catch (WatchClosedException _) {
            // so is this, or the store
        }
    }

    @Override
    public synchronized void close() {
        watch.close();
    }
}
