package dev.navarch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.TimeSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryStoreTest extends StoreContract {
    @Override
    protected Store open(TimeSource time, Retention retention) {
        return new MemoryStore(time, retention);
    }

    @Test
    void aWatchOfATopicSleepsThroughOtherTopics() {
        var woken = new AtomicInteger();
        try (var watch = store.watch("/registry/core/pods/", 0, 7)) {
            watch.listen(woken::incrementAndGet);
            var other = write(new Write.Create("/registry/core/pods/a/x", draft(5)));
            write(new Write.Update(other.key(), other.revision(), draft(6)));
            assertThat(woken).hasValue(0);
            assertThat(watch.poll()).isEmpty();
            assertThat(watch.progress()).isEqualTo(store.revision());
            var mine = write(new Write.Create("/registry/core/pods/a/y", draft(7)));
            assertThat(woken).hasValue(1);
            assertThat(watch.poll()).extracting(StoreEvent::key).containsExactly(mine.key());
            write(new Write.Create("/registry/core/pods/a/z", draft(0)));
            assertThat(woken).hasValue(2);
            write(new Write.Delete(mine.key(), mine.revision()));
            assertThat(woken).hasValue(3);
            assertThat(watch.poll()).hasSize(2);
        }
    }

    private Entry write(Write write) {
        return committed(store.write(write));
    }

    private static Draft draft(int topic) {
        return new Draft(new byte[0], -1, Optional.empty(), topic);
    }
}
