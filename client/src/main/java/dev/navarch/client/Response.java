package dev.navarch.client;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An answer whose head has arrived. Its body is read once, whole or by frames; the reader closes it. */
public interface Response extends AutoCloseable {

    int status();

    /** The first value of a header; the name's case does not matter. */
    Optional<String> header(String name);

    /** The rest of the body. */
    byte[] readAll() throws IOException;

    /**
     * Waits for the next frame of a watch: one JSON document.
     *
     * @return null at the orderly end of the stream, or when it was closed
     */
    byte @Nullable [] readFrame() throws IOException, InterruptedException;

    /** Ends the exchange and wakes a reader; may be called from any thread and more than once. */
    @Override
    void close();
}
