package dev.navarch.storage;

import java.time.Duration;
import java.util.List;

/** An open stream of changes. Used by one thread at a time; {@link #close} and {@link #finish}
 * may come from any. */
public interface Watch extends AutoCloseable {

    /**
     * The next changes in revision order, as many as are there.
     *
     * @param wait how long to block while there are none, in real time whatever the store's clock says
     * @return an empty list when {@code wait} has passed without a change; {@link #progress} is then still up to date
     * @throws CompactedException if the reader fell so far behind that changes it has not read are forgotten
     * @throws WatchClosedException after {@link #close} or when the store closes
     */
    List<StoreEvent> next(Duration wait) throws InterruptedException;

    /**
     * The next changes in revision order, as many as are there; empty if there are none. Never blocks.
     *
     * @throws CompactedException as {@link #next} does
     * @throws WatchClosedException likewise
     */
    List<StoreEvent> poll();

    /**
     * Has {@code action} called, until this is closed, whenever {@link #poll} may find something new, and when the store
     * closes. It is called by the thread that publishes changes, must return at once and not throw. To miss nothing,
     * listen first and then poll.
     */
    void listen(Runnable action);

    /** All changes up to this revision have been returned: what a bookmark may say. */
    long progress();

    /** Ends the watch once the changes that have happened until now were returned. May be called by any thread. */
    void finish();

    @Override
    void close();
}
