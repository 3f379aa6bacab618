package dev.navarch.apiserver.flowcontrol;

/**
 * How many requests are served at a time, and how it is decided whose turn it is. Source: k8s.io/apiserver
 * pkg/server/options/server_run_options.go and feature.go.
 *
 * @param reading --max-requests-inflight: how many gets and lists; without {@code fair} 0 is any number
 * @param mutating --max-mutating-requests-inflight: how many of all others; likewise
 * @param fair --enable-priority-and-fairness: both together are seats, which flow schemas and priority levels give away
 * @param goawayChance --goaway-chance: of how many requests over HTTP/2 the client is told to connect anew, so that it may
 *     find another server
 */
public record RequestLimits(int reading, int mutating, boolean fair, double goawayChance) {
    /** Upstream's defaults. */
    public static final RequestLimits STANDARD = new RequestLimits(400, 200);

    private static final double MOST_CHANCE = 0.02;

    public RequestLimits {
        if (reading < 0) {
            throw new IllegalArgumentException("--max-requests-inflight can not be negative value");
        }
        if (mutating < 0) {
            throw new IllegalArgumentException("--max-mutating-requests-inflight can not be negative value");
        }
        if (fair && reading + mutating <= 0) {
            throw new IllegalArgumentException("invalid configuration: MaxRequestsInFlight=" + reading
                    + " and MaxMutatingRequestsInFlight=" + mutating + "; they must add up to something positive");
        }
        if (!(goawayChance >= 0 && goawayChance <= MOST_CHANCE)) {
            throw new IllegalArgumentException("--goaway-chance can not be less than 0 or greater than 0.02");
        }
    }

    public RequestLimits(int reading, int mutating) {
        this(reading, mutating, true, 0);
    }

    /** All of them. */
    public int seats() {
        return reading + mutating;
    }
}
