package dev.navarch.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * All that a {@link MemoryStore} held at one moment. Any number of stores may begin with it, at once and for nothing: they
 * share what they don't change.
 */
public final class StoreState {
    /** What a new store holds. */
    static final StoreState EMPTY = new StoreState(new Snapshot(1, EntryTree.EMPTY), List.of());

    private final Snapshot snapshot;
    private final List<Journal.Kept> expiring;

    StoreState(Snapshot snapshot, List<Journal.Kept> expiring) {
        this.snapshot = snapshot;
        this.expiring = List.copyOf(expiring);
    }

    /** What a new store holds once these were written to it, one after the other; none may expire. */
    public static StoreState of(SortedMap<String, Draft> written) {
        List<Entry> entries = new ArrayList<>(written.size());
        long revision = EMPTY.revision();
        for (var one : written.entrySet()) {
            revision++;
            entries.add(Entry.committed(one.getKey(), one.getValue(), revision, revision));
        }
        return new StoreState(new Snapshot(revision, EntryTree.ofSorted(entries)), List.of());
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
