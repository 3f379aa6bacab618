package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.following.Changes;
import dev.navarch.storage.Store;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What was read under a prefix, kept until something changes there: for what is asked for with every request and seldom
 * written, such as namespaces.
 */
final class RecentReads implements AutoCloseable {
    private static final int MOST = 1 << 10;

    private final Store store;
    private final String prefix;
    /** Opened by the first read: what nobody reads is not followed. */
    private volatile @Nullable Changes changes;

    private volatile Memo memo = new Memo(-1);

    /** @param of how many changes there had been before anything of it was read */
    private record Memo(long of, ConcurrentHashMap<String, Object> values) {
        Memo(long of) {
            this(of, new ConcurrentHashMap<>());
        }
    }

    RecentReads(Store store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    private Changes changes() {
        var opened = changes;
        return opened == null ? open() : opened;
    }

    private synchronized Changes open() {
        var opened = changes;
        if (opened == null) {
            opened = new Changes(store, prefix, store.revision());
            changes = opened;
        }
        return opened;
    }

    /** @param read reads what is stored; its answer is never null, and of one type a key */
    @SuppressWarnings("unchecked")
    <T> T get(String key, Supplier<T> read) {
        var changes = changes();
        long now = changes.count();
        var current = memo;
        if (current.of != now || current.values.size() >= MOST) {
            current = new Memo(now);
            memo = current;
        }
        var known = current.values.get(key);
        if (known == null) {
            known = read.get();
            current.values.put(key, known);
        }
        return (T) known;
    }

    @Override
    public synchronized void close() {
        if (changes != null) {
            changes.close();
        }
    }
}
