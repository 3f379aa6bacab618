package dev.navarch.apiserver.admission;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Watch;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What all objects under a prefix come to. The store tells when one has changed, and who asks next reads them anew; what
 * is asked for in between is a volatile read. A write counts from its acknowledgement on.
 *
 * @param <T> immutable
 */
public final class Followed<T> implements AutoCloseable {
    private final Store store;
    private final String prefix;
    private final Function<List<Entry>, T> reading;
    private Watch watch;
    /** How often the store has told of something new. */
    private final AtomicLong told = new AtomicLong();

    /** What it had told when the objects were last read; set after they were, so that nobody goes by older ones. */
    private volatile long heeded = -1;

    private volatile T read;

    /** @param reading gets all objects by their keys; runs under a lock */
    public Followed(Store store, String prefix, Function<List<Entry>, T> reading) {
        this.store = store;
        this.prefix = prefix;
        this.reading = reading;
        var page = store.range(Range.all(prefix));
        read = reading.apply(page.entries());
        watch = open(page.revision());
    }

    private Watch open(long revision) {
        var opened = store.watch(prefix, revision);
        opened.listen(told::incrementAndGet);
        told.incrementAndGet(); // something may have come before the listener
        return opened;
    }

    public T current() {
        if (heeded != told.get()) {
            refresh();
        }
        return read;
    }

    private synchronized void refresh() {
        long now = told.get();
        if (heeded == now) {
            return;
        }
        try {
            boolean changed = false;
            while (!watch.poll().isEmpty()) {
                changed = true;
            }
            if (changed) {
                read();
            }
        } catch (CompactedException _) {
            watch.close();
            watch = open(read());
        }
        heeded = now;
    }

    private long read() {
        var page = store.range(Range.all(prefix));
        read = reading.apply(page.entries());
        return page.revision();
    }

    @Override
    public synchronized void close() {
        watch.close();
    }
}
