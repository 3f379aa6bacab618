package dev.navarch.apiserver.registry;

import java.util.BitSet;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * Numbers from 0 to {@code size - 1}. Numbers given out freely come from above the lower band as long as there are any,
 * so that what people ask for by name, which tends to be low, stays free (source: kubernetes
 * pkg/registry/core/service/ipallocator/ipallocator.go, calculateRangeOffset).
 */
record NumberRange(int size) {
    private static final int LEAST_BAND = 16;
    private static final int MOST_BAND = 256;

    private int band() {
        return size <= LEAST_BAND ? 0 : Math.clamp(size / 16, LEAST_BAND, MOST_BAND);
    }

    /** A number that is free; empty if none is. */
    OptionalInt choose(BitSet taken, RandomGenerator random) {
        int band = band();
        var found = free(taken, band, size, random);
        return found.isPresent() ? found : free(taken, 0, band, random);
    }

    /** A free number of a half-open range, from a random place on. */
    private static OptionalInt free(BitSet taken, int from, int to, RandomGenerator random) {
        if (from >= to) {
            return OptionalInt.empty();
        }
        int start = from + random.nextInt(to - from);
        int found = taken.nextClearBit(start);
        if (found >= to) {
            found = taken.nextClearBit(from);
        }
        return found < to ? OptionalInt.of(found) : OptionalInt.empty();
    }
}
