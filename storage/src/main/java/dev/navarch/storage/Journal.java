package dev.navarch.storage;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where a {@link JournaledStore} keeps its changes. Called by one thread at a time. */
public interface Journal extends AutoCloseable {

    /**
     * What is in the journal when it is opened.
     *
     * @param revision of the newest change that was ever appended, be it a deletion; 1 if there was none
     * @param entries the newest value of each key
     */
    record Contents(long revision, List<Kept> entries) {}

    /** A value that is there, and when it is to be deleted. */
    record Kept(Entry entry, Optional<Instant> expires) {}

    /** Reads everything. Called once, before the first append. */
    Contents load() throws IOException;

    /**
     * Makes changes durable: all of them, or none, survive a crash.
     *
     * @throws IOException if that is not certain; the journal is not used any more then
     */
    void append(List<Commit> commits) throws IOException;

    /**
     * Tells that an entry, the newest of its key, is {@link Entry#folded() folded} from now on: it may be kept in that form.
     * Either form may survive a crash.
     *
     * @throws IOException if the journal can't be used any more
     */
    default void fold(Entry entry) throws IOException {}

    /** How the values are kept. */
    default ValueTransformer values() {
        return ValueTransformer.PLAIN;
    }

    /**
     * Whether an entry, if it is the newest of its key, is kept in another form than it would be if it were written now.
     *
     * @throws IOException if the journal can't be used any more
     */
    default boolean stale(Entry entry) throws IOException {
        return false;
    }

    @Override
    void close();
}
