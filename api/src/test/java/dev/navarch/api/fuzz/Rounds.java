package dev.navarch.api.fuzz;

import java.lang.management.ManagementFactory;
import java.util.Random;

/**
 * So many rounds of one experiment. A failure tells the seed and the round, and the input; with {@code -Dfuzz.seed=n}
 * the same rounds happen again, and with {@code -Dfuzz.rounds=n} more or fewer of them.
 *
 * <p>What a round allocates is measured and must stay in proportion to its input.
 */
public final class Rounds {
    private static final long SEED = Long.getLong("fuzz.seed", 20261121);
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Rounds() {}

    /** One experiment. */
    public interface Experiment {
        /**
         * @param mutator draws from {@code random}
         * @throws Exception if what was tried must not happen
         */
        void run(Random random, Mutator mutator, Trial trial) throws Exception;
    }

    /** What an experiment tells of itself. */
    public static final class Trial {
        private String input = "";
        private long length;

        /** To be called before the input is used. */
        public void input(String shown, long bytes) {
            input = shown;
            length = bytes;
        }
    }

    /**
     * @param floor bytes that any round may allocate
     * @param perByte bytes that it may allocate for each of its input
     */
    public static void run(String name, int rounds, long floor, long perByte, Experiment experiment) {
        int count = Integer.getInteger("fuzz.rounds", rounds);
        for (int round = 0; round < count; round++) {
            var random = new Random(SEED + round);
            var trial = new Trial();
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                experiment.run(random, new Mutator(random), trial);
            } catch (Exception | StackOverflowError | OutOfMemoryError | AssertionError e) {
                throw new AssertionError(describe(name, round, trial), e);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            // the first rounds load classes and fill caches
            if (round > count / 10 && allocated > floor + perByte * trial.length) {
                throw new AssertionError(allocated + " bytes were allocated; " + describe(name, round, trial));
            }
        }
    }

    private static String describe(String name, int round, Trial trial) {
        var shown = trial.input.length() > 4_000 ? trial.input.substring(0, 4_000) + "..." : trial.input;
        return name + ", -Dfuzz.seed=" + SEED + ", round " + round + ": " + shown;
    }
}
