package dev.navarch.apiserver.flowcontrol;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;

/** A histogram that whoever holds its lock counts in. */
final class Buckets {
    private final double[] bounds;
    private final long[] counts;
    private double sum;
    private boolean used;

    /** @param bounds ascending upper bounds, without infinity */
    Buckets(double... bounds) {
        this.bounds = bounds;
        counts = new long[bounds.length + 1];
    }

    void observe(double value) {
        add(value, 1);
    }

    /** Observes the value so many times. */
    void add(double value, long times) {
        add(indexOf(value), value, times);
    }

    /** Likewise, where it is known in which bucket the value lies. */
    void add(int index, double value, long times) {
        used = true;
        counts[index] += times;
        sum += value * times;
    }

    int indexOf(double value) {
        int i = 0;
        while (i < bounds.length && value > bounds[i]) {
            i++;
        }
        return i;
    }

    boolean used() {
        return used;
    }

    double sum() {
        return sum;
    }

    ClassicHistogramBuckets snapshot() {
        var builder = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length; i++) {
            builder.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
        }
        return builder.build();
    }
}
