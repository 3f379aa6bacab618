package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimestampsTest {
    private static final String LETTERS = "0123456789-:.TZ+t ";

    @Test
    void readsWhatItWrites() {
        var at = Instant.parse("2026-02-28T23:59:58.123456Z");
        assertThat(Timestamps.parse(Timestamps.micros(at))).contains(at);
        assertThat(Timestamps.parse(Timestamps.seconds(at))).contains(Instant.parse("2026-02-28T23:59:58Z"));
    }

    @Test
    void aDayThatIsInNoCalendarIsNoTime() {
        assertThat(Timestamps.parse("2026-02-29T00:00:00Z")).isEmpty();
        assertThat(Timestamps.parse("2026-02-28T24:00:00Z")).isEmpty();
        assertThat(Timestamps.parse("2026-02-28T23:59:60.000000Z")).isEmpty();
    }

    @Test
    void readsTheSameAsAFormatter() {
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            var text = new StringBuilder(random.nextBoolean() ? "2026-10-19T08:17:56Z" : "2024-02-29T20:01:09.040506Z");
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                text.setCharAt(random.nextInt(text.length()), LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            assertThat(Timestamps.parse(text.toString())).as(text.toString()).isEqualTo(byFormatter(text.toString()));
        }
    }

    private static Optional<Instant> byFormatter(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }
}
