package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final WorkQueue<String> queue = new WorkQueue<>(time);

    @Test
    void aKeyWaitsOnceHoweverOftenItIsAdded() {
        queue.add("a");
        queue.add("b");
        queue.add("a");
        assertThat(queue.poll()).isEqualTo("a");
        assertThat(queue.poll()).isEqualTo("b");
        assertThat(queue.poll()).isNull();
    }

    @Test
    void aKeyInProgressComesBackOnlyAfterItIsDone() {
        queue.add("a");
        queue.poll();
        queue.add("a");
        assertThat(queue.poll()).isNull();
        queue.done("a");
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        assertThat(queue.poll()).isNull();
        assertThat(queue.idle()).isTrue();
    }

    @Test
    void theEarliestOfSeveralDelaysCounts() {
        queue.addAfter("a", Duration.ofSeconds(5));
        queue.addAfter("a", Duration.ofSeconds(2));
        queue.addAfter("a", Duration.ofSeconds(9));
        time.advance(Duration.ofMillis(1999));
        assertThat(queue.length()).isZero();
        time.advance(Duration.ofMillis(1));
        assertThat(queue.poll()).isEqualTo("a");
        queue.done("a");
        time.advance(Duration.ofSeconds(20));
        assertThat(queue.poll()).isNull();
    }

    @Test
    void theBackoffDoublesFromFiveMillisecondsToAThousandSecondsUntilForgotten() {
        long expected = 5;
        for (int i = 0; i < 20; i++) {
            queue.addRateLimited("a");
            time.advance(Duration.ofMillis(Math.min(expected, 1_000_000) - 1));
            assertThat(queue.length()).isZero();
            time.advance(Duration.ofMillis(1));
            assertThat(queue.poll()).isEqualTo("a");
            queue.done("a");
            expected *= 2;
        }
        assertThat(queue.retries("a")).isEqualTo(20);
        queue.forget("a");
        queue.addRateLimited("a");
        time.advance(Duration.ofMillis(5));
        assertThat(queue.poll()).isEqualTo("a");
    }

    @Test
    void closingReleasesTheTakers() throws Exception {
        var taker = Thread.ofVirtual().start(() -> {
            try {
                while (queue.take() != null) {
                    queue.add("never");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        queue.close();
        taker.join();
        queue.add("a");
        assertThat(queue.take()).isNull();
    }

    @Test
    void whatHappensIsMeasured() {
        List<String> told = new ArrayList<>();
        var measured = new WorkQueue<String>(time, new WorkQueue.Measures() {
            @Override
            public void added() {
                told.add("added");
            }

            @Override
            public void waited(Duration of) {
                told.add("waited " + of.toSeconds());
            }

            @Override
            public void worked(Duration of) {
                told.add("worked " + of.toSeconds());
            }

            @Override
            public void retried() {
                told.add("retried");
            }
        });
        measured.add("a");
        measured.add("a");
        time.advance(Duration.ofSeconds(2));
        assertThat(measured.depth()).isEqualTo(1);
        measured.poll();
        measured.add("a");
        time.advance(Duration.ofSeconds(3));
        assertThat(measured.depth()).isEqualTo(1);
        assertThat(measured.unfinished())
                .isEqualTo(new WorkQueue.Unfinished(Duration.ofSeconds(3), Duration.ofSeconds(3)));
        measured.addRateLimited("a");
        measured.done("a");
        assertThat(measured.unfinished().sum()).isZero();
        assertThat(told).containsExactly("added", "waited 2", "added", "retried", "worked 3");
    }

    @Test
    void whatIsHeldIsNoWorkThatIsUnderWay() throws Exception {
        queue.hold();
        queue.add("a");
        assertThat(time.busy()).isFalse();
        queue.release();
        assertThat(time.busy()).isTrue();
        assertThat(queue.take()).isEqualTo("a");
        queue.done("a");
        assertThat(time.busy()).isFalse();
    }

    /** Who takes a key while keys are held works on it all the same. */
    @Test
    void whatIsWorkedOnCountsWhenKeysAreReleased() throws Exception {
        queue.hold();
        queue.add("a");
        assertThat(queue.take()).isEqualTo("a");
        assertThat(time.busy()).isFalse();
        queue.release();
        assertThat(time.busy()).isTrue();
        queue.done("a");
        assertThat(time.busy()).isFalse();
    }
}
