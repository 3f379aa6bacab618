package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BufferedRandomTest {
    @Test
    void givesEachNumberOnce() {
        var random = new BufferedRandom();
        Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(numbers.add(random.nextLong())).isTrue();
        }
        assertThat(numbers).doesNotContain(0L);
    }
}
