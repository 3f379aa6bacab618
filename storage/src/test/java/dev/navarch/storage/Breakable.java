package dev.navarch.storage;

import java.util.List;

/** A store, or several on the same data, and the ways in which it can be broken. For one thread, but for {@link #store}. */
public interface Breakable extends AutoCloseable {

    /** The store that a client uses; another one after a crash, when the old one is closed or takes no more writes. */
    Store store(int client);

    /** The names of the points at which it can fail; empty for what lives and dies with its process. */
    List<String> faults();

    /** Lets it fail at that point: at once, or in the next write. */
    void breakAt(String fault) throws Exception;

    /** Makes it work again, whether or not it has failed yet. */
    void recover() throws Exception;

    @Override
    void close() throws Exception;
}
