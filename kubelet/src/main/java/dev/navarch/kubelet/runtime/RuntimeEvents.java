package dev.navarch.kubelet.runtime;

import org.jspecify.annotations.Nullable;

/** A stream of events; for one reader. */
public interface RuntimeEvents extends AutoCloseable {

    /** Waits for the next event; null when the stream has ended or was closed. */
    @Nullable
    RuntimeEvent next() throws InterruptedException;

    @Override
    void close();
}
