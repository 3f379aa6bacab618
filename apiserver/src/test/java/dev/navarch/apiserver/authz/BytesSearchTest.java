package dev.navarch.apiserver.authz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BytesSearchTest {
    @Test
    void findsWhatContainsFinds() {
        var random = new Random(20_261_122);
        for (int round = 0; round < 20_000; round++) {
            var text = text(random, random.nextInt(20));
            var word = text(random, 1 + random.nextInt(4));

            assertThat(new BytesSearch(word).in(text.getBytes(UTF_8)))
                    .as("%s in %s", word, text)
                    .isEqualTo(text.contains(word));
        }
    }

    @Test
    void passesOverWhatIsNotAscii() {
        assertThat(new BytesSearch("ab").in("äöü€ab".getBytes(UTF_8))).isTrue();
        assertThat(new BytesSearch("ab").in("äöü€".getBytes(UTF_8))).isFalse();
    }

    private static String text(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }
}
