package dev.navarch.storage;

import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A store whose truth is elsewhere, in a database that others write to as well: the engine reports what it hears of
 * there, in the order of revisions, and reads are served from that as from every other store.
 */
public abstract class ReplicaStore extends TimelineStore {
    private final TimeSource time;
    /** Guards publishing, and the waiting. */
    private final Object turn = new Object();

    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>(Comparator.comparingLong(Waiter::revision));

    private record Waiter(long revision, Thread thread) {}

    /** What the engine has heard of one key. */
    public sealed interface Change {
        String key();

        long revision();

        record Put(Entry entry) implements Change {
            /** A value that was read. */
            public Put(String key, Draft draft, long createRevision, long revision) {
                this(RevisionDigits.committed(key, draft, createRevision, revision));
            }

            /** A value that can't be read, or not yet. */
            public static Put unread(String key, Supplier<Draft> reading, long createRevision, long revision) {
                return new Put(Entry.unread(
                        key,
                        () -> RevisionDigits.committed(key, reading.get(), createRevision, revision),
                        createRevision,
                        revision));
            }

            @Override
            public String key() {
                return entry.key();
            }

            @Override
            public long revision() {
                return entry.revision();
            }
        }

        record Delete(String key, long revision) implements Change {}
    }

    /** Empty, until the first {@link #restart}. */
    protected ReplicaStore(TimeSource time, Retention retention) {
        super(new Timeline(new Snapshot(1, EntryTree.EMPTY), retention));
        this.time = time;
    }

    /**
     * Takes a state whose history is not known. Who watches and has not seen all before {@code revision} is told so,
     * as if it had been compacted.
     *
     * @param entries all of that revision, in any order
     */
    protected final void restart(long revision, List<Change.Put> entries) {
        var sorted = entries.stream()
                .map(Change.Put::entry)
                .sorted(Comparator.comparing(Entry::key))
                .toList();
        synchronized (turn) {
            timeline().restart(new Snapshot(revision, EntryTree.ofSorted(sorted)));
            wake();
        }
    }

    /**
     * Makes changes visible at once.
     *
     * @param revision nothing up to here is missing: that of the last change, or a later one
     * @param changes complete revisions, in order, newer than {@link #revision}
     */
    protected final void publish(long revision, List<Change> changes) {
        synchronized (turn) {
            var before = timeline().snapshot();
            if (revision <= before.revision()) {
                return;
            }
            var tree = before.tree();
            var events = new ArrayList<StoreEvent>(changes.size());
            for (var change : changes) {
                var old = Optional.ofNullable(tree.get(change.key()));
                switch (change) {
                    case Change.Put put -> {
                        tree = tree.with(put.entry());
                        events.add(new StoreEvent.Put(put.entry(), old));
                    }
                    case Change.Delete(var key, var at) -> {
                        if (old.isPresent()) {
                            tree = tree.without(key);
                            events.add(new StoreEvent.Delete(RevisionDigits.deleted(old.get(), at), old));
                        }
                    }
                }
            }
            timeline().publish(new Snapshot(revision, tree), events, time.nanoTime());
            wake();
        }
    }

    /** The entry that a write of ours became; the one that readers see where it is still the newest. */
    protected final Entry committed(String key, long revision, Supplier<Change.Put> put) {
        return get(key).filter(e -> e.revision() == revision)
                .orElseGet(() -> put.get().entry());
    }

    /** The last value of a key that we deleted, carrying the revision of the deletion. */
    protected static Entry deleted(Entry last, long revision) {
        return RevisionDigits.deleted(last, revision);
    }

    /** Waits until what happened up to {@code revision} can be read; false if that took too long. */
    protected final boolean await(long revision, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.NANOSECONDS.convert(limit);
        var waiter = new Waiter(revision, Thread.currentThread());
        synchronized (turn) {
            if (revision() >= revision) {
                return true;
            }
            waiters.add(waiter);
        }
        try {
            while (revision() < revision && !timeline().closed()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return revision() >= revision;
        } finally {
            synchronized (turn) {
                waiters.remove(waiter);
            }
        }
    }

    /** Under the lock. */
    private void wake() {
        long now = revision();
        for (var first = waiters.peek();
                first != null && (first.revision() <= now || timeline().closed());
                first = waiters.peek()) {
            waiters.remove();
            LockSupport.unpark(first.thread());
        }
    }

    /**
     * Forgets history here; not in the database.
     *
     * @throws FutureRevisionException if {@code revision} has not been seen
     */
    protected final void forget(long revision) {
        synchronized (turn) {
            timeline().compact(revision);
        }
    }

    /** Ends all watches and all waiting. What was published can still be read. */
    @Override
    public void close() {
        synchronized (turn) {
            timeline().close();
            wake();
        }
    }

    /** Whether {@link #close} was called. */
    protected final boolean closed() {
        return timeline().closed();
    }
}
