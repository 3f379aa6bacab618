package dev.navarch.storage;

import java.util.ArrayList;
import java.util.List;

/**
 * All that a {@link MemoryStore} held at one moment. Any number of stores may begin with it, at once and for nothing: they
 * share what they don't change.
 */
public final class StoreState {
    private final Snapshot snapshot;
    private final List<Journal.Kept> expiring;

    StoreState(Snapshot snapshot, List<Journal.Kept> expiring) {
        this.snapshot = snapshot;
        this.expiring = List.copyOf(expiring);
    }

    public long revision() {
        return snapshot.revision();
    }

    /** Its entries in the order of their keys. */
    public List<Entry> entries() {
        List<Entry> all = new ArrayList<>(snapshot.tree().size());
        snapshot.tree().from("").forEachRemaining(all::add);
        return all;
    }

    /**
     * The same content, as if it had been written to after another store had come to this revision: a store that begins with
     * it gives nobody a revision twice.
     */
    public StoreState after(long revision) {
        return revision < snapshot.revision()
                ? this
                : new StoreState(new Snapshot(revision + 1, snapshot.tree()), expiring);
    }

    Snapshot snapshot() {
        return snapshot;
    }

    List<Journal.Kept> expiring() {
        return expiring;
    }
}
