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
                int checksum = entry.checksum();
                assertThat(entry.fold()).isEqualTo(length >= FoldedBytes.LEAST);
                assertThat(entry.fold()).isFalse();
                var read = entry.value();
                assertThat(read).isEqualTo(bytes).isSameAs(entry.value());
                assertThat(entry.length()).isEqualTo(length);
                assertThat(entry.checksum()).isEqualTo(checksum);
            }
        }
    }

    @Test
    void whatNobodyHoldsIsUnfoldedAgain() {
        var bytes = "abc".repeat(20_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        var folded = FoldedBytes.of(bytes);
        var again = new FoldedBytes(folded.compressed(), folded.length(), folded.checksum());
        assertThat(again.open()).isEqualTo(bytes).isNotSameAs(bytes);
        assertThat(FoldedBytes.checksum(again.open())).isEqualTo(folded.checksum());
    }
}
