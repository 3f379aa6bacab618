package dev.navarch.apiserver.following;

import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import java.util.List;
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
    private final Changes changes;

    /** How many changes had been told of when the objects were last read; set after they were, so that nobody goes by older ones. */
    private volatile long heeded = -1;

    private volatile T read;

    /** @param reading gets all objects by their keys; runs under a lock */
    public Followed(Store store, String prefix, Function<List<Entry>, T> reading) {
        this.store = store;
        this.prefix = prefix;
        this.reading = reading;
        var page = store.range(Range.all(prefix));
        read = reading.apply(page.entries());
        changes = new Changes(store, prefix, page.revision());
    }

    public T current() {
        if (heeded != changes.count()) {
            refresh();
        }
        return read;
    }

    private synchronized void refresh() {
        long now = changes.count();
        if (heeded == now) {
            return;
        }
        read = reading.apply(store.range(Range.all(prefix)).entries());
        heeded = now;
    }

    @Override
    public void close() {
        changes.close();
    }
}
