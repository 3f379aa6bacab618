package dev.navarch.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

    @Test
    void workRestsAtAGateAndGoesOnWhenItIsOpened() throws InterruptedException {
        var gate = time.gate();
        var goOn = new CountDownLatch(1);
        var waits = time.start("waits", () -> {
            try {
                gate.await();
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        awaitRest();
        gate.open();
        assertThat(time.busy()).isTrue();
        goOn.countDown();
        waits.join();
        assertThat(time.busy()).isFalse();
    }

    @Test
    void workThatIsInterruptedInItsSleepGoesOnUntilItEnds() throws InterruptedException {
        var goOn = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var sleeps = time.start("sleeps", () -> {
            try {
                time.sleep(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        awaitRest();
        sleeps.interrupt();
        interrupted.await();
        assertThat(time.busy()).isTrue();
        goOn.countDown();
        sleeps.join();
        assertThat(time.busy()).isFalse();
    }

    @Test
    void whoSleepsWithoutBeingCountedIsNotCounted() throws InterruptedException {
        var sleeps = Thread.ofVirtual().start(() -> {
            try {
                time.sleep(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        while (time.timers() == 0) {
            Thread.onSpinWait();
        }
        time.advance(Duration.ofSeconds(1));
        sleeps.join();
        assertThat(time.busy()).isFalse();
        assertThat(time.begun()).isZero();
    }

    private void awaitRest() {
        while (time.busy()) {
            Thread.onSpinWait();
        }
    }
}
