package dev.navarch.apiserver.admission;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Store;
import dev.navarch.storage.Watch;
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
        opened.listen(told::incrementAndGet);
        told.incrementAndGet(); // something may have come before the listener
        return opened;
    }

    /** Grows with every change. What is read after this was asked holds for as long as the answer is the same. */
    public long count() {
        return told.get();
    }

    /** Takes off what has come, so that the store need not keep it; says whether anything had, or may have been missed. */
    public synchronized boolean take() {
        try {
            boolean changed = false;
            while (!watch.poll().isEmpty()) {
                changed = true;
            }
            return changed;
        } catch (CompactedException _) {
            watch.close();
            watch = open(store.revision());
            return true;
        }
    }

    @Override
    public synchronized void close() {
        watch.close();
    }
}
