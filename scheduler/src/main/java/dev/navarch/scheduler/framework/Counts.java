package dev.navarch.scheduler.framework;

import java.util.Arrays;

/** Numbers by the domains of a topology, 0 where nothing was counted. Used by one thread. */
public final class Counts {
    private int[] counts = {};
    private int nonZero;

    public void add(int domain, int step) {
        if (domain >= counts.length) {
            counts = Arrays.copyOf(counts, Math.max(domain + 1, 2 * counts.length));
        }
        int before = counts[domain];
        counts[domain] += step;
        nonZero += (counts[domain] == 0 ? 0 : 1) - (before == 0 ? 0 : 1);
    }

    public int in(int domain) {
        return domain < counts.length ? counts[domain] : 0;
    }

    /** How many numbers are not 0. */
    public int size() {
        return nonZero;
    }

    /** Whether all numbers are 0. */
    public boolean isEmpty() {
        return nonZero == 0;
    }

    public Counts copy() {
        var copy = new Counts();
        copy.counts = counts.clone();
        copy.nonZero = nonZero;
        return copy;
    }
}
