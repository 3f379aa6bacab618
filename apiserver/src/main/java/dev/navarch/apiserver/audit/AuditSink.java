package dev.navarch.apiserver.audit;

import java.util.List;

/** Where events go. Called by many threads. */
interface AuditSink extends AutoCloseable {

    /** Returns false if not all could be recorded; that is counted and logged by whoever noticed. */
    boolean process(List<AuditEvent> events);

    /** Whether {@link #process} may wait for another machine. */
    default boolean mayBlock() {
        return false;
    }

    /** Nothing is to be waited for from now on; what is given to it is still recorded. */
    default void closing() {}

    /** Records what is still waiting. */
    @Override
    default void close() {}
}
