package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NumberPoolTest {
    @Test
    void everyNumberIsGivenOnceTheUpperOnesFirst() {
        var pool = new NumberPool(1_000, new Random(5));
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
        var pool = new NumberPool(10, new Random(5));
        assertThat(pool.take(3)).isTrue();
        assertThat(pool.take(3)).isFalse();
        pool.release(3);
        assertThat(pool.take(3)).isTrue();
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
