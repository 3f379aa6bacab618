package dev.navarch.apiserver.registry;

import tools.jackson.databind.node.ObjectNode;

/** What a kind needs of the server beside its own fields, such as an address from a pool. */
interface KindHook {
    KindHook NONE = new KindHook() {};

    /** Completes an object that is about to be created; runs before validation. */
    default Reservation creating(ObjectNode now) {
        return Reservation.NONE;
    }

    /** Likewise, before an update. {@code old} must not be changed. */
    default Reservation updating(ObjectNode now, ObjectNode old) {
        return Reservation.NONE;
    }

    /** Writes into an object that its deletion has been asked for the first time what must happen before it goes. */
    default void deleting(ObjectNode now) {}

    /** The object is gone. */
    default void deleted(ObjectNode last) {}

    /**
     * What is held for a write until it is known whether it came to pass. One of the two is called, or none where that
     * will never be known.
     */
    interface Reservation {
        Reservation NONE = new Reservation() {
            @Override
            public void commit() {}

            @Override
            public void rollBack() {}
        };

        void commit();

        void rollBack();
    }
}
