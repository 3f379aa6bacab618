package dev.navarch.apiserver.registry;

import java.util.OptionalInt;

/** Numbers of a {@link NumberRange}, each held by one holder at most. */
interface Numbers {

    /** Takes this number; false if it has a holder. */
    boolean take(int number);

    /** Takes any number; empty if none is left. */
    OptionalInt takeAny();

    void release(int number);
}
