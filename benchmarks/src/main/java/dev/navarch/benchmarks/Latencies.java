package dev.navarch.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** Durations in nanoseconds, in buckets that are 1/16 of a power of two wide. One thread writes. */
final class Latencies {
    private static final int SUB = 16;

    private final long[] buckets = new long[64 * SUB];
    private long count;
    private long max;

    void record(long nanos) {
        buckets[bucket(nanos)]++;
        count++;
        max = Math.max(max, nanos);
    }

    private static int bucket(long nanos) {
        if (nanos < SUB) {
            return (int) Math.max(0, nanos);
        }
        int exponent = 63 - Long.numberOfLeadingZeros(nanos);
        int fraction = (int) (nanos >>> (exponent - 4)) & (SUB - 1);
        return (exponent - 3) * SUB + fraction;
    }

    private static long lowerBound(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int exponent = bucket / SUB + 3;
        return (1L << exponent) + ((long) (bucket % SUB) << (exponent - 4));
    }

    void add(Latencies other) {
        Arrays.setAll(buckets, i -> buckets[i] + other.buckets[i]);
        count += other.count;
        max = Math.max(max, other.max);
    }

    long count() {
        return count;
    }

    double millis(double quantile) {
        long rank = (long) Math.ceil(quantile * count);
        long seen = 0;
        for (int i = 0; i < buckets.length; i++) {
            seen += buckets[i];
            if (seen >= rank && seen > 0) {
                return lowerBound(i) / 1e6;
            }
        }
        return 0;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "p50 %.2f  p90 %.2f  p99 %.2f  max %.2f ms",
                millis(0.5),
                millis(0.9),
                millis(0.99),
                max / 1e6);
    }
}
