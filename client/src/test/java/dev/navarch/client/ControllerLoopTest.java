package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ControllerLoopTest {
    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final WorkQueue<String> queue = new WorkQueue<>(time);
    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void aFailingKeyIsTriedAgainAndOthersGoOn() {
        try (var loop = new ControllerLoop<>("test", queue, 2, key -> {
            if (key.equals("bad") && queue.retries("bad") < 3) {
                throw new IllegalStateException("on purpose");
            }
            done.add(key);
        })) {
            loop.start();
            queue.add("bad");
            queue.add("good");
            Await.until("both", time, Duration.ofMillis(1), () -> done.size() == 2);
            assertThat(done).containsExactly("good", "bad");
            Await.until("the back-off is forgotten", () -> queue.retries("bad") == 0);
        }
    }

    /** A controller hears of changes before all of its informers have synced, and these may wait for the clock to move on. */
    @Test
    void keysAreNoWorkBeforeSomebodyTakesThem() {
        try (var loop = new ControllerLoop<>("test", queue, 1, done::add)) {
            queue.add("early");
            assertThat(time.busy()).isFalse();
            loop.start();
            Await.until("it is done", () -> done.contains("early") && !time.busy());
        }
    }

    /** Nobody turns the clock while the first key is worked on, which a worker may take before its loop has started. */
    @Test
    void theFirstKeyIsWork() throws InterruptedException {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var loop = new ControllerLoop<>("test", queue, 1, key -> {
            begun.countDown();
            goOn.await();
            done.add(key);
        })) {
            queue.add("early");
            loop.start();
            begun.await();
            assertThat(time.busy()).isTrue();
            goOn.countDown();
            Await.until("it is done", () -> done.contains("early") && !time.busy());
        }
    }

    @Test
    void closingInterruptsAReconciliation() {
        var loop = new ControllerLoop<>("test", queue, 1, key -> {
            done.add(key);
            time.sleep(Duration.ofHours(1));
        });
        loop.start();
        queue.add("slow");
        Await.until("it runs", () -> done.contains("slow"));
        loop.close();
        assertThat(queue.idle()).isTrue();
    }
}
