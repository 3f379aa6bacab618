package dev.navarch.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.navarch.apiserver.flowcontrol.SeatAllocation.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Source of what is expected: k8s.io/apiserver pkg/util/flowcontrol/conc_alloc.go, computeConcurrencyAllocation. */
class SeatAllocationTest {
    @Test
    void whereNoBoundMattersAllGetTheSameFractionOfTheirTargets() {
        var allocation =
                SeatAllocation.of(30, List.of(new Wish(0, 100, 10), new Wish(0, 100, 20), new Wish(0, 100, 30)));
        assertThat(allocation.seats()).containsExactly(new double[] {5, 10, 15}, within(1e-6));
        assertThat(allocation.fairFraction()).isEqualTo(0.5, within(1e-6));
    }

    @Test
    void whatBoundsDontAllowIsTheOthers() {
        var allocation =
                SeatAllocation.of(30, List.of(new Wish(12, 100, 12), new Wish(0, 3, 20), new Wish(0, 100, 30)));
        assertThat(allocation.seats()).containsExactly(new double[] {12, 3, 15}, within(1e-6));
    }

    @Test
    void boundsThatCannotBeKeptAreRefused() {
        assertThatThrownBy(() -> SeatAllocation.of(3, List.of(new Wish(4, 5, 4))))
                .hasMessageContaining("lower bounds sum to 4.0");
        assertThatThrownBy(() -> SeatAllocation.of(6, List.of(new Wish(4, 5, 4))))
                .hasMessageContaining("upper bounds sum to 5.0");
    }

    @Test
    void anyProblemIsSolvedAsItsDefinitionSays() {
        long seed = 20260101;
        var random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<Wish> wishes = new ArrayList<>();
            for (int i = random.nextInt(1, 9); i > 0; i--) {
                int lower = random.nextInt(20);
                wishes.add(new Wish(lower, lower + random.nextInt(50), lower + random.nextInt(60)));
            }
            int low = (int) wishes.stream().mapToDouble(Wish::lower).sum();
            int high = (int) wishes.stream().mapToDouble(Wish::upper).sum();
            int sum = random.nextInt(low, high + 1);
            var what = "seed " + seed + ": " + sum + " among " + wishes;
            var allocation = SeatAllocation.of(sum, wishes);
            assertThat(Arrays.stream(allocation.seats()).sum()).as(what).isEqualTo(sum, within(1e-3));
            IntStream.range(0, wishes.size())
                    .forEach(i -> assertThat(allocation.seats()[i])
                            .as(what)
                            .isEqualTo(wishes.get(i).at(allocation.fairFraction()), within(1e-9)));
        }
    }

    @Test
    void handsAreDifferentQueuesAndDealtEvenly() {
        long seed = 20260102;
        var random = new Random(seed);
        var dealer = new Dealer(16, 4);
        var dealt = new int[16];
        for (int i = 0; i < 16_000; i++) {
            var hand = dealer.deal(random.nextLong());
            assertThat(Arrays.stream(hand)
                            .distinct()
                            .filter(card -> card >= 0 && card < 16)
                            .count())
                    .as("seed " + seed)
                    .isEqualTo(4);
            for (int card : hand) {
                dealt[card]++;
            }
        }
        assertThat(Arrays.stream(dealt)
                        .filter(times -> times > 3_700 && times < 4_300)
                        .count())
                .as("seed " + seed)
                .isEqualTo(16);
        assertThat(Dealer.complaint(128, 9)).isPresent();
        assertThat(Dealer.complaint(128, 6)).isEmpty();
    }

    @Test
    void theRefusedComeBackLaterTheMoreTheyAre() {
        var now = new long[] {1_000};
        var retry = new RetryAfter(() -> now[0]);
        List<Integer> seconds = new ArrayList<>();
        for (int i = 0; i < 12; i++, now[0]++) {
            for (int refused = 0; refused < 40; refused++) {
                retry.refused();
            }
            seconds.add(retry.seconds());
        }
        assertThat(seconds).startsWith(1, 2, 2, 4).isSorted().endsWith(8);
        for (int i = 0; i < 60; i++, now[0] += 20) {
            retry.refused();
        }
        assertThat(retry.seconds()).isEqualTo(1);
    }
}
