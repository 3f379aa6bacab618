package dev.navarch.apiserver.registry;

import java.util.BitSet;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * Numbers from 0 to {@code size - 1}, each held by one holder at most. Numbers given out freely come from above the
 * lower band as long as there are any, so that what people ask for by name, which tends to be low, stays free (source:
 * kubernetes pkg/registry/core/service/ipallocator/ipallocator.go, calculateRangeOffset).
 */
final class NumberPool {
    private static final int LEAST_BAND = 16;
    private static final int MOST_BAND = 256;

    private final int size;
    private final int band;
    private final RandomGenerator random;
    private final BitSet taken;

    NumberPool(int size, RandomGenerator random) {
        this.size = size;
        this.band = size <= LEAST_BAND ? 0 : Math.clamp(size / 16, LEAST_BAND, MOST_BAND);
        this.random = random;
        this.taken = new BitSet(size);
    }

    /** Takes this number; false if it has a holder. */
    synchronized boolean take(int number) {
        if (taken.get(number)) {
            return false;
        }
        taken.set(number);
        return true;
    }

    /** Takes any number; empty if none is left. */
    synchronized OptionalInt takeAny() {
        var found = free(band, size);
        if (found.isEmpty()) {
            found = free(0, band);
        }
        found.ifPresent(taken::set);
        return found;
    }

    /** A free number of a half-open range, from a random place on. */
    private OptionalInt free(int from, int to) {
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

    synchronized void release(int number) {
        taken.clear(number);
    }
}
