package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** A store that is another one, but for what is overridden. */
public abstract class ForwardingStore implements Store {
    private final Store store;

    protected ForwardingStore(Store store) {
        this.store = requireNonNull(store);
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
    public void sync() throws InterruptedException {
        store.sync();
    }

    @Override
    public boolean shared() {
        return store.shared();
    }

    @Override
    public Optional<String> failure() {
        return store.failure();
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
    public WriteResult write(Write write) {
        return store.write(write);
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
    public void fold(Entry entry) {
        store.fold(entry);
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
