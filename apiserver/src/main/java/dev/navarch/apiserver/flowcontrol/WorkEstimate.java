package dev.navarch.apiserver.flowcontrol;

/**
 * What a request is expected to cost. Source: k8s.io/apiserver pkg/util/flowcontrol/request/width.go.
 *
 * @param initialSeats occupied while it is served
 * @param finalSeats occupied afterwards, while watchers are told of what it changed
 * @param lingerNanos how long these are
 */
record WorkEstimate(int initialSeats, int finalSeats, long lingerNanos) {
    static final WorkEstimate SINGLE = new WorkEstimate(1, 0, 0);

    static WorkEstimate of(int seats) {
        return seats == 1 ? SINGLE : new WorkEstimate(seats, 0, 0);
    }

    /** Occupied all the time, since seats are given once. */
    int maxSeats() {
        return Math.max(initialSeats, finalSeats);
    }

    /** The same work after serving, by fewer seats for longer. */
    WorkEstimate withFinalSeatsAtMost(int most) {
        return finalSeats <= most
                ? this
                : new WorkEstimate(initialSeats, most, Math.round((double) finalSeats * lingerNanos / most));
    }
}
