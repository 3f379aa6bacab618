package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.storage.MemoryStore;
import dev.navarch.time.ManualTime;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NumbersTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void everyNumberIsGivenOnceTheUpperOnesFirst() {
        var pool = new LocalNumbers(new NumberRange(1_000), new Random(5));
        var given = new HashSet<Integer>();
        for (int i = 0; i < 1_000; i++) {
            int number = pool.takeAny().orElseThrow();
            assertThat(number >= 62).as("number %d of the upper band", i).isEqualTo(i < 938);
            assertThat(given.add(number)).isTrue();
        }
        assertThat(pool.takeAny()).isEmpty();
        pool.release(17);
        assertThat(pool.takeAny()).hasValue(17);
    }

    @Test
    void aTakenNumberIsTaken() {
        var pool = new LocalNumbers(new NumberRange(10), new Random(5));
        assertThat(pool.take(3)).isTrue();
        assertThat(pool.take(3)).isFalse();
        pool.release(3);
        assertThat(pool.take(3)).isTrue();
    }

    @Test
    void numbersInAStoreAreHeldByOneOfManyServers() {
        try (var store = new MemoryStore(time)) {
            var one = new SharedNumbers(new NumberRange(100), new Random(5), store, "test");
            var other = new SharedNumbers(new NumberRange(100), new Random(5), store, "test");
            var given = new HashSet<Integer>();
            for (int i = 0; i < 50; i++) {
                assertThat(given.add(one.takeAny().orElseThrow())).isTrue();
                assertThat(given.add(other.takeAny().orElseThrow())).isTrue();
            }
            assertThat(one.takeAny()).isEmpty();
            assertThat(one.take(17)).isFalse();
            other.release(17);
            assertThat(one.takeAny()).hasValue(17);
        }
    }

    @Test
    void whatNobodyNeedsTwiceIsReleasedAndWhatIsNeededIsTaken() {
        try (var store = new MemoryStore(time)) {
            var numbers = new SharedNumbers(new NumberRange(100), new Random(5), store, "test");
            assertThat(numbers.take(1)).isTrue();
            assertThat(numbers.take(2)).isTrue();
            var needed = new BitSet();
            needed.set(2);
            needed.set(3);
            numbers.repair(needed);
            assertThat(numbers.take(3)).isFalse();
            assertThat(numbers.take(1)).as("it may be for a write under way").isFalse();
            numbers.repair(needed);
            assertThat(numbers.take(1)).isTrue();
            numbers.repair(needed);
            assertThat(numbers.take(1)).as("taken anew meanwhile").isFalse();
            assertThat(numbers.take(2)).isFalse();
        }
    }

    @Test
    void blocksKnowTheirAddresses() {
        var block = Ipv4Cidr.parse("10.96.0.0/12");
        assertThat(block.at(1)).isEqualTo("10.96.0.1");
        assertThat(block.at(block.size() - 1)).isEqualTo("10.111.255.255");
        assertThat(block.offset("10.97.0.2")).hasValue(65_538);
        for (var outside : new String[] {"10.112.0.0", "10.95.255.255", "010.96.0.1", "10.96.0", "::1", "x", ""}) {
            assertThat(block.offset(outside)).as(outside).isEmpty();
        }
        assertThat(Ipv4Cidr.parse("200.1.2.3/24").at(0)).isEqualTo("200.1.2.0");
        for (var wrong : new String[] {"10.96.0.0", "10.96.0.0/4", "10.96.0.0/x", "fd00::/108", "/12"}) {
            assertThatThrownBy(() -> Ipv4Cidr.parse(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
