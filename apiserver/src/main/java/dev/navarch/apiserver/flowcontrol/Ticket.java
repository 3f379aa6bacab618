package dev.navarch.apiserver.flowcontrol;

import java.util.function.BiConsumer;

/** A request's leave to be served, asked for. Safe for use by many threads. */
public interface Ticket {
    /** One that costs nothing and holds nothing. */
    Ticket FREE = () -> State.EXECUTING;

    /** Where its request is. */
    enum State {
        WAITING,
        /** May be served. */
        EXECUTING,
        /** Is not to be served. */
        REFUSED,
        DONE
    }

    State state();

    /** Runs the action once it is known whether the request may be served: now, or later on whatever thread decides it. */
    default void whenDecided(Runnable action) {
        action.run();
    }

    /** The answer has begun: for a watch, what it began with is behind it, and it takes nothing any more. */
    default void answered() {}

    /** The request is served, or nobody waits for it any more. Only the first call counts. */
    default void close() {}

    /** In how many seconds one that is refused may come back. */
    default int retryAfter() {
        return 1;
    }

    /** What the answer says of how the request was classified. */
    default void headers(BiConsumer<String, String> field) {}
}
