package dev.navarch.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.time.SystemTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Memory does not survive anything; what its clients see at once still holds. And stores that lie are found out. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryStoreCrashTest {
    private final SystemTime time = new SystemTime();
    private final MemoryStore memory = new MemoryStore(time);

    @AfterEach
    void close() {
        memory.close();
        time.close();
    }

    /** Never fails. */
    private record Sound(Store store) implements Breakable {
        @Override
        public Store store(int client) {
            return store;
        }

        @Override
        public List<String> faults() {
            return List.of();
        }

        @Override
        public void breakAt(String fault) {}

        @Override
        public void recover() {}

        @Override
        public void close() {}
    }

    @Test
    void manyClientsSeeOneHistory() {
        CrashHistory.run(new Sound(memory), new Random().nextLong(), Duration.ofSeconds(1));
    }

    @Test
    void aWatchThatSkipsAnEventIsFoundOut() {
        requireFoundOut(
                new Lying() {
                    @Override
                    public Watch watch(String prefix, long after) {
                        var watch = super.watch(prefix, after);
                        return new Watch() {
                            @Override
                            public List<StoreEvent> next(Duration wait) throws InterruptedException {
                                return lying(watch.next(wait));
                            }

                            @Override
                            public List<StoreEvent> poll() {
                                return lying(watch.poll());
                            }

                            private List<StoreEvent> lying(List<StoreEvent> events) {
                                return !events.isEmpty() && lie() ? events.subList(1, events.size()) : events;
                            }

                            @Override
                            public void listen(Runnable listener) {
                                watch.listen(listener);
                            }

                            @Override
                            public long progress() {
                                return watch.progress();
                            }

                            @Override
                            public void finish() {
                                watch.finish();
                            }

                            @Override
                            public void close() {
                                watch.close();
                            }
                        };
                    }
                },
                "the watch of");
    }

    @Test
    void aWriteThatDidNotHappenIsFoundOut() {
        requireFoundOut(
                new Lying() {
                    @Override
                    public WriteResult write(Write write) {
                        return write instanceof Write.Update(var key, var expected, var draft)
                                        && get(key).filter(e -> e.revision() == expected)
                                                .isPresent()
                                        && lie()
                                ? new WriteResult.Committed(RevisionDigits.committed(key, draft, 2, revision() + 1))
                                : super.write(write);
                    }
                },
                "");
    }

    @Test
    void aReadOfThePastIsFoundOut() {
        requireFoundOut(
                new Lying() {
                    private volatile Optional<Entry> old = Optional.empty();

                    @Override
                    public Optional<Entry> get(String key) {
                        var kept = old.filter(e -> e.key().equals(key));
                        if (kept.isPresent() && lie()) {
                            return kept;
                        }
                        var now = super.get(key);
                        old = now;
                        return now;
                    }
                },
                "Read[");
    }

    private void requireFoundOut(Store store, String by) {
        assertThatThrownBy(() -> CrashHistory.run(new Sound(store), 7, Duration.ofMillis(100)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("with seed 7")
                .hasMessageContaining(by);
    }

    /** The memory, with a lie now and then. */
    private class Lying extends ForwardingStore {
        private final AtomicInteger chances = new AtomicInteger();

        Lying() {
            super(memory);
        }

        boolean lie() {
            return chances.incrementAndGet() % 10 == 0;
        }

        @Override
        public void close() {}
    }
}
