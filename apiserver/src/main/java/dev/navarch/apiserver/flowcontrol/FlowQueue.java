package dev.navarch.apiserver.flowcontrol;

import java.util.ArrayDeque;

/** One queue of a level, and what runs of the requests that went through it. */
final class FlowQueue {
    final ArrayDeque<FlowTicket> waiting = new ArrayDeque<>();
    /** Where it is in its set. */
    int index;
    /** At which reading of the progress meter the next request would be dispatched, were all queues served at once. */
    long nextDispatch;

    int executing;
    int seatsInUse;
    /** Of those waiting. */
    long work;

    FlowQueue(int index) {
        this.index = index;
    }

    boolean busy() {
        return executing > 0 || !waiting.isEmpty();
    }
}
