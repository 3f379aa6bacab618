package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiRequest;
import java.time.Duration;

/** Decides when requests are served, and which are not. */
public interface RequestGate {
    /**
     * Never blocks.
     *
     * @param request of a known user
     * @param patience how long it may wait
     */
    Ticket enter(ApiRequest request, Duration patience);

    /** Likewise for a request of the process's own: it waits rather than be turned away because others wait. */
    default Ticket enterFromWithin(ApiRequest request) {
        return Ticket.FREE;
    }
}
