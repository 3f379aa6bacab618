package dev.navarch.apiserver.flowcontrol;

import java.util.Arrays;

/**
 * For how long a number had which share of its limit: a histogram of the share at the end of each nanosecond. Source:
 * k8s.io/apiserver pkg/util/flowcontrol/metrics/timing_ratio_histogram.go.
 */
final class Share {
    /** Up to here the numbers' buckets are remembered: each request makes some numbers go up and down by one. */
    private static final int REMEMBERED = 64;

    private final Buckets nanos;
    /** By number, one more than the bucket of its share; 0 if it was not looked for yet. */
    private final byte[] known = new byte[REMEMBERED];

    private double share;
    private int bucket;
    private double limit = 1;
    private double number;

    Share(double... bounds) {
        nanos = new Buckets(bounds);
        settle();
    }

    /** So much time has passed with the number as it is. */
    void pass(long elapsed) {
        if (elapsed > 0) {
            nanos.add(bucket, share, elapsed);
        }
    }

    void set(double newNumber) {
        if (number != newNumber) {
            number = newNumber;
            settle();
        }
    }

    void limit(double newLimit) {
        limit = Math.max(1, newLimit);
        Arrays.fill(known, (byte) 0);
        settle();
    }

    private void settle() {
        share = number / limit;
        int small = (int) number;
        if (small != number || small < 0 || small >= REMEMBERED) {
            bucket = nanos.indexOf(share);
            return;
        }
        if (known[small] == 0) {
            known[small] = (byte) (nanos.indexOf(share) + 1);
        }
        bucket = known[small] - 1;
    }

    Buckets nanos() {
        return nanos;
    }
}
