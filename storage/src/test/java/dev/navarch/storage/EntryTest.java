package dev.navarch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EntryTest {
    @Test
    void foldedValuesReadAsBefore() {
        var random = new Random(1);
        for (int length : new int[] {0, 100, FoldedBytes.LEAST, 300_000}) {
            var noise = new byte[length];
            random.nextBytes(noise);
            var zeroes = new byte[length];
            for (var bytes : new byte[][] {noise, zeroes}) {
                assertThat(FoldedBytes.of(bytes).open()).isEqualTo(bytes);
                var entry = new Entry("k", bytes, -1, 1, 2);
                entry.fold();
                assertThat(entry.value()).isEqualTo(bytes);
                assertThat(entry.value()).isSameAs(entry.value());
            }
        }
    }

    @Test
    void whatIsForgottenIsUnfoldedAgain() {
        var bytes = "abc".repeat(20_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        var folded = FoldedBytes.of(bytes);
        folded.forget();
        assertThat(folded.open()).isEqualTo(bytes).isNotSameAs(bytes);
    }
}
