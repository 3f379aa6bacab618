package dev.navarch.embedded.faults;

/** What befalls a process at one of its writes. */
record Fault(int write, Blow blow) {
    static final Fault NONE = new Fault(0, Blow.REFUSED);

    enum Blow {
        /** The process dies before it sends the write. */
        DIES_BEFORE,
        /** The write is accepted, and the process dies before the answer comes. */
        DIES_AFTER,
        /** The write is accepted, the answer never comes, and the process lives on. */
        ANSWER_LOST,
        /** The write never arrives, and the process lives on. */
        REFUSED
    }
}
