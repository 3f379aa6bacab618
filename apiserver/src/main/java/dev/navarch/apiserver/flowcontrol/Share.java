package dev.navarch.apiserver.flowcontrol;

/**
 * For how long a number had which share of its limit: a histogram of the share at the end of each nanosecond. Source:
 * k8s.io/apiserver pkg/util/flowcontrol/metrics/timing_ratio_histogram.go.
 */
final class Share {
    private final Buckets nanos;
    private double share;
    private double limit = 1;
    private double number;

    Share(double... bounds) {
        nanos = new Buckets(bounds);
    }

    /** So much time has passed with the number as it is. */
    void pass(long elapsed) {
        if (elapsed > 0) {
            nanos.add(share, elapsed);
        }
    }

    void set(double newNumber) {
        if (number != newNumber) {
            number = newNumber;
            share = number / limit;
        }
    }

    void limit(double newLimit) {
        limit = Math.max(1, newLimit);
        share = number / limit;
    }

    Buckets nanos() {
        return nanos;
    }
}
