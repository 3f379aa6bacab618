package dev.navarch.storage;

import java.time.Duration;
import java.util.List;

/** An open stream of changes. Used by one thread at a time; {@link #close} may come from any. */
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

    /** All changes up to this revision have been returned by {@link #next}: what a bookmark may say. */
    long progress();

    @Override
    void close();
}
