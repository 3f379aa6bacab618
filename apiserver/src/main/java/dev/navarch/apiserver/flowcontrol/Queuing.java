package dev.navarch.apiserver.flowcontrol;

/**
 * How requests wait.
 *
 * @param queues 0 for none, so that they are refused instead; -1 for a level without limits
 */
record Queuing(int queues, int handSize, int lengthLimit) {
    static final Queuing NONE = new Queuing(0, 0, 0);
    static final Queuing EXEMPT = new Queuing(-1, 0, 0);

    boolean exempt() {
        return queues < 0;
    }
}
