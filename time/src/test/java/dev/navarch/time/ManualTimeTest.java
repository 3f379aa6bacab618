package dev.navarch.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualTimeTest {
    private final ManualTime time = new ManualTime(Instant.EPOCH);

    @Test
    void timersRunInTheOrderOfTheirDeadlinesEachAtItsOwnInstant() {
        List<String> ran = new ArrayList<>();
        time.schedule(Duration.ofSeconds(2), () -> ran.add("b@" + time.now().getEpochSecond()));
        time.schedule(Duration.ofSeconds(1), () -> {
            ran.add("a@" + time.now().getEpochSecond());
            time.schedule(Duration.ofSeconds(3), () -> ran.add("c@" + time.now().getEpochSecond()));
        });
        time.advance(Duration.ofSeconds(3));
        assertThat(ran).containsExactly("a@1", "b@2");
        assertThat(time.now()).isEqualTo(Instant.ofEpochSecond(3));
        time.advance(Duration.ofSeconds(1));
        assertThat(ran).containsExactly("a@1", "b@2", "c@4");
    }

    @Test
    void aCancelledTimerDoesNotRun() {
        List<String> ran = new ArrayList<>();
        var timer = time.schedule(Duration.ofSeconds(1), () -> ran.add("x"));
        assertThat(timer.cancel()).isTrue();
        assertThat(timer.cancel()).isFalse();
        time.advance(Duration.ofSeconds(2));
        assertThat(ran).isEmpty();
    }
}
