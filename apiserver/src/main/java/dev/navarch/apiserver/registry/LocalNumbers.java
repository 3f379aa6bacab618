package dev.navarch.apiserver.registry;

import java.util.BitSet;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/** Holders are known to this server alone. */
final class LocalNumbers implements Numbers {
    private final NumberRange range;
    private final RandomGenerator random;
    private final BitSet taken;

    LocalNumbers(NumberRange range, RandomGenerator random) {
        this.range = range;
        this.random = random;
        this.taken = new BitSet(range.size());
    }

    @Override
    public synchronized boolean take(int number) {
        if (taken.get(number)) {
            return false;
        }
        taken.set(number);
        return true;
    }

    @Override
    public synchronized OptionalInt takeAny() {
        var found = range.choose(taken, random);
        found.ifPresent(taken::set);
        return found;
    }

    @Override
    public synchronized void release(int number) {
        taken.clear(number);
    }
}
