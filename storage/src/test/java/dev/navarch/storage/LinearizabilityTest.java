package dev.navarch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.Linearizability.Operation;
import dev.navarch.storage.Linearizability.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What checks the stores must itself be right. */
class LinearizabilityTest {
    private static final long UNKNOWN = Long.MAX_VALUE;

    private static Operation read(long start, long end, @Nullable String value) {
        return new Operation(start, end, new Step.Read(value));
    }

    private static Operation swap(long start, long end, @Nullable String expected, @Nullable String value) {
        return new Operation(start, end, new Step.Swap(expected, value));
    }

    private static void fits(Operation... operations) {
        assertThat(Linearizability.violation(List.of(operations))).isEmpty();
    }

    private static void doesNotFit(Operation... operations) {
        assertThat(Linearizability.violation(List.of(operations))).isPresent();
    }

    @Test
    void whatHappensTogetherMayHaveAnyOrder() {
        fits(swap(0, 10, null, "a"), read(1, 9, null), read(2, 8, "a"));
        fits(swap(0, 10, "b", "a"), swap(1, 9, null, "b"), read(11, 12, "a"));
    }

    @Test
    void aReadIsNotOlderThanWhatEndedBeforeIt() {
        doesNotFit(swap(0, 1, null, "a"), read(2, 3, null));
        doesNotFit(swap(0, 1, null, "a"), swap(2, 9, "a", "b"), read(3, 4, "b"), read(5, 6, "a"));
    }

    @Test
    void ofTwoThatExpectTheSameOneWins() {
        doesNotFit(swap(0, 1, null, "a"), swap(2, 9, "a", "b"), swap(2, 9, "a", "c"));
    }

    @Test
    void whatWasAcknowledgedIsNotLost() {
        doesNotFit(swap(0, 1, null, "a"), swap(2, 3, "a", "b"), read(4, 5, "a"));
        doesNotFit(swap(0, 1, null, "a"), read(2, 3, "a"), read(4, 5, null));
    }

    @Test
    void whatNobodyKnowsMayHaveHappenedLateOrNever() {
        fits(swap(0, 1, null, "a"), swap(2, UNKNOWN, "a", "b"), read(3, 4, "a"), read(5, 6, "b"));
        fits(swap(0, 1, null, "a"), swap(2, UNKNOWN, "a", "b"), read(3, 4, "a"));
        doesNotFit(swap(0, 1, null, "a"), swap(2, UNKNOWN, "a", "b"), read(3, 4, "b"), read(5, 6, "a"));
        doesNotFit(swap(0, 1, null, "a"), read(2, 3, "b"), swap(4, UNKNOWN, "a", "b"));
    }

    /** Histories of a real register fit; with one answer changed they don't. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void longHistories(long seed) {
        var random = new Random(seed);
        List<Operation> history = new ArrayList<>();
        String value = null;
        for (int i = 0; i < 5_000; i++) {
            // it is done at 10 i, and its begin and end reach over its neighbours'
            long start = 10L * i - random.nextInt(60);
            long end = random.nextInt(500) == 0 ? UNKNOWN : 10L * i + random.nextInt(60);
            if (random.nextBoolean()) {
                history.add(read(start, end, value));
            } else {
                var next = random.nextInt(8) == 0 ? null : "v" + i;
                history.add(swap(start, end, value, next));
                value = next;
            }
        }
        Collections.shuffle(history, random);
        assertThat(Linearizability.violation(history)).as("seed %d", seed).isEmpty();
        var stale = read(10L * 5_000, 10L * 5_000 + 1, "v0-never");
        var spoiled = new ArrayList<>(history);
        spoiled.add(stale);
        assertThat(Linearizability.violation(spoiled)).as("seed %d", seed).isPresent();
    }
}
