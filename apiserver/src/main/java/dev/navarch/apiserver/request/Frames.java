package dev.navarch.apiserver.request;

import org.jspecify.annotations.Nullable;

/**
 * A body that comes by and by, such as a watch's events, one a frame. Pulled by one thread, and only when the receiver
 * can take more; what cannot be kept for a slow receiver ends the stream. {@link #close} may come from any thread.
 */
public interface Frames extends AutoCloseable {

    /**
     * The next frame, complete with its framing (a watch event's newline); blocks until there is one.
     *
     * @return bytes that may be shared with others and must not be changed; null at the end
     * @throws RuntimeException if the stream breaks; the receiver sees it cut off
     */
    byte @Nullable [] next() throws InterruptedException;

    /** Makes a waiting {@link #next} return null soon. Idempotent. */
    @Override
    void close();
}
