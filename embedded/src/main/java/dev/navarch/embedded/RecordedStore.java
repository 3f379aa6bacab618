package dev.navarch.embedded;

import dev.navarch.storage.Entry;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Watch;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.TimeSource;
import java.util.Optional;

/** A store whose writes are noted in a history, with the request that the writing thread serves. */
final class RecordedStore implements Store {
    private final Store store;
    private final History history;
    private final TimeSource time;

    RecordedStore(Store store, History history, TimeSource time) {
        this.store = store;
        this.history = history;
        this.time = time;
    }

    @Override
    public WriteResult write(Write write) {
        var before = store.get(write.key());
        var result = store.write(write);
        if (result instanceof WriteResult.Committed(var entry)) {
            history.add(new History.Change(
                    time.now(),
                    History.WRITER.isBound() ? Optional.of(History.WRITER.get()) : Optional.empty(),
                    entry,
                    write instanceof Write.Delete,
                    before.filter(old -> isOf(write, old))));
        }
        return result;
    }

    /** Whether the write replaced this, and nobody else has meanwhile. */
    private static boolean isOf(Write write, Entry old) {
        return switch (write) {
            case Write.Create _ -> false;
            case Write.Update(var _, var expected, var _) -> expected == old.revision();
            case Write.Delete(var _, var expected) -> expected == old.revision();
        };
    }

    @Override
    public long revision() {
        return store.revision();
    }

    @Override
    public long compactedRevision() {
        return store.compactedRevision();
    }

    @Override
    public Optional<Entry> get(String key) {
        return store.get(key);
    }

    @Override
    public Page range(Range range) {
        return store.range(range);
    }

    @Override
    public Watch watch(String prefix, long after) {
        return store.watch(prefix, after);
    }

    @Override
    public Watch watch(String prefix, long after, int topic) {
        return store.watch(prefix, after, topic);
    }

    @Override
    public boolean stale(Entry entry) {
        return store.stale(entry);
    }

    @Override
    public void compact(long revision) {
        store.compact(revision);
    }

    @Override
    public void close() {
        store.close();
    }
}
