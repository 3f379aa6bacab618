package dev.navarch.storage;

import java.util.Optional;

/**
 * A revisioned map with compare-and-set, ranges at a revision, and watches from a revision: the semantics of etcd that
 * Kubernetes stands on (source: etcd Documentation, learning/api_guarantees). Every write that succeeds has a revision
 * of its own, higher than those of all before; the revision is what clients see as {@code resourceVersion}. Only what
 * expires at the same time may go in one revision.
 *
 * <p>Keys are ASCII paths such as {@code /registry/pods/default/web-1}; order is that of their bytes. All methods may
 * be called from any thread. Reads and watches see a write before its caller gets the answer.
 */
public interface Store extends AutoCloseable {

    /** The revision of the newest committed write; 1 for a store that was never written to. */
    long revision();

    /** The oldest revision that {@link #range} surely answers; watches may start after it. */
    long compactedRevision();

    /**
     * Waits until reads and watches have every write that was acknowledged before this call, be it to another process
     * that uses the same data. Where nobody else does, they always have.
     *
     * @throws StoreException if that can't be found out
     */
    default void sync() throws InterruptedException {}

    /** Whether {@link #sync} may block. */
    default boolean shared() {
        return false;
    }

    /** Why writes can't be taken now; empty if all is well. Never blocks. */
    default Optional<String> failure() {
        return Optional.empty();
    }

    /** The newest committed state of a key. Never blocks. */
    Optional<Entry> get(String key);

    /**
     * Entries of one snapshot in the order of their keys. Blocks only, if ever, for a revision older than {@link
     * #compactedRevision()}.
     *
     * @throws CompactedException if {@link Range#revision()} is no longer kept
     * @throws FutureRevisionException if it is newer than {@link #revision()}
     */
    Page range(Range range);

    /**
     * Commits one write, durably before it returns, and makes it visible to readers and watchers. Blocks for the
     * group commit.
     *
     * @throws StoreException if the write may or may not have happened (disk full, closed)
     */
    WriteResult write(Write write);

    /**
     * Streams changes of keys under {@code prefix} in revision order, each once.
     *
     * @param prefix ends in {@code /}
     * @param after changes with a higher revision than this are delivered; 0 means from now on
     * @throws CompactedException if {@code after} is older than {@link #compactedRevision()}
     * @throws FutureRevisionException if it is newer than {@link #revision()}
     */
    Watch watch(String prefix, long after);

    /**
     * A watch whose reader wants the changes of one topic only: of keys whose draft named it, or did before the change.
     * It may be given others as well, but needs not be woken for them, so that many such watches cost little.
     *
     * @param topic 0 for all
     */
    default Watch watch(String prefix, long after, int topic) {
        return watch(prefix, after);
    }

    /**
     * Says that a long value, which {@link #get} or {@link #range} gave, is not expected to be read soon: it is kept
     * compressed from now on. May block as {@link #write} does.
     */
    default void fold(Entry entry) {
        entry.fold();
    }

    /**
     * Whether an entry, if it is the newest of its key, is kept in another form than it would be if it were written now: then
     * it is worth writing anew though nothing in it changes. May block as {@link #write} does.
     */
    default boolean stale(Entry entry) {
        return false;
    }

    /** Forgets history up to and including {@code revision}; current values stay. A no-op if already done. */
    void compact(long revision);

    @Override
    void close();
}
