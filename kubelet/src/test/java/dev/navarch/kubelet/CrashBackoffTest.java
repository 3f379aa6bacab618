package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrashBackoffTest {
    private final CrashBackoff backoff = new CrashBackoff(Duration.ofSeconds(10), Duration.ofMinutes(5));

    @Test
    void waitsDoubleUpToFiveMinutesAndAreForgottenAfterALongRun() {
        var now = Instant.EPOCH;
        assertThat(backoff.check("c", now, now)).isEmpty();
        for (int seconds : List.of(10, 20, 40, 80, 160, 300, 300)) {
            var finished = now;
            var wait = backoff.check("c", finished, now).orElseThrow();
            assertThat(wait.delay()).isEqualTo(Duration.ofSeconds(seconds));
            assertThat(backoff.check("c", finished, wait.until().minusNanos(1))).isPresent();
            now = wait.until();
            assertThat(backoff.check("c", finished, now)).isEmpty();
        }
        var afterTenMinutes = now.plus(Duration.ofMinutes(10)).plusNanos(1);
        assertThat(backoff.check("c", afterTenMinutes, afterTenMinutes)).isEmpty();
        assertThat(backoff.check("c", afterTenMinutes, afterTenMinutes)
                        .orElseThrow()
                        .delay())
                .isEqualTo(Duration.ofSeconds(10));
    }
}
