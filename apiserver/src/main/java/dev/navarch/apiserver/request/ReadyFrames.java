package dev.navarch.apiserver.request;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Frames that can be asked for without waiting, so that they need no thread. */
public interface ReadyFrames extends Frames {

    /**
     * The next frame if it is there; null if not. Never blocks. Called by one thread at a time, which is not also in
     * {@link #next}.
     *
     * @throws RuntimeException if the stream breaks; the receiver sees it cut off
     */
    byte @Nullable [] poll();

    /** Whether {@link #poll} has returned its last frame. */
    boolean ended();

    /**
     * Has {@code action} called, by any thread, whenever {@link #poll} may find more. It must return at once. To miss
     * nothing, listen first and then poll.
     */
    void listen(Runnable action);

    /** After this {@link #poll} may find more even if {@code action} was not called. */
    Duration patience();
}
