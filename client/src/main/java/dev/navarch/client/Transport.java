package dev.navarch.client;

import java.io.IOException;

/**
 * Carries requests of one identity to an API server: by memory when it runs in this process, by HTTPS otherwise.
 * Safe for use by many threads.
 */
public interface Transport extends AutoCloseable {

    /** Sends the request and waits for the answer's head. */
    Response send(Request request) throws IOException, InterruptedException;

    /** Whether the peer can't go without this noticing, so that a watch may last as long as both do. */
    default boolean lasting() {
        return false;
    }

    /** Ends what is open. Later sends fail. */
    @Override
    void close();
}
