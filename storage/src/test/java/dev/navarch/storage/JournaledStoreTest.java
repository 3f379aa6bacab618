package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract on a journal in memory, and faults of the journal. */
class JournaledStoreTest extends StoreContract {
    @Override
    protected Store open(TimeSource time, Retention retention) {
        return open(new ListJournal(), time, retention);
    }

    private static Store open(Journal journal, TimeSource time, Retention retention) {
        try {
            return new JournaledStore(journal, time, retention);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps all that was appended, group by group. */
    private static class ListJournal implements Journal {
        final List<List<Commit>> groups = new ArrayList<>();
        boolean closed;

        @Override
        public Contents load() {
            long revision = 1;
            var entries = new TreeMap<String, Kept>();
            for (var group : groups) {
                for (var commit : group) {
                    revision = commit.event().revision();
                    switch (commit.event()) {
                        case StoreEvent.Put(var now, var _) -> entries.put(now.key(), new Kept(now, commit.expires()));
                        case StoreEvent.Delete(var last, var _) -> entries.remove(last.key());
                    }
                }
            }
            return new Contents(revision, List.copyOf(entries.values()));
        }

        @Override
        public void append(List<Commit> commits) throws IOException {
            groups.add(List.copyOf(commits));
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void afterAFailedAppendNothingIsPublishedWritesAreRefusedAndReadsGoOn() throws Exception {
        var journal = new ListJournal() {
            @Override
            public void append(List<Commit> commits) throws IOException {
                if (groups.size() == 2) {
                    throw new IOException("No space left on device");
                }
                super.append(commits);
            }
        };
        store = open(journal, time, Retention.DEFAULT);
        var watch = store.watch(PODS, 0);
        var one = create(PODS + "a/x", "1");
        var two = update(one, "2");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> update(two, "3"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("No space left on device");
        }
        assertThat(store.get(PODS + "a/x")).contains(two);
        assertThat(store.revision()).isEqualTo(two.revision());
        assertThat(store.range(Range.all(PODS)).entries()).containsExactly(two);
        assertThat(drain(watch, 2)).hasSize(2);
        assertThat(journal.groups).hasSize(2);
        time.advance(Duration.ofDays(1));
        store.close();
        assertThat(journal.closed).isTrue();
    }

    @Test
    void aJournalThatBreaksItsContractStopsWritesToo() {
        store = open(
                new ListJournal() {
                    @Override
                    public void append(List<Commit> commits) {
                        throw new IllegalStateException("broken");
                    }
                },
                time,
                Retention.DEFAULT);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> create(PODS + "a/x", "1"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("broken");
        }
        assertThat(store.revision()).isEqualTo(1);
    }

    @Test
    @Timeout(180)
    void whileAGroupIsMadeDurableTheNextOneGathersAndNothingIsVisible() throws Exception {
        var inside = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var journal = new ListJournal() {
            @Override
            public void append(List<Commit> commits) throws IOException {
                inside.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                super.append(commits);
            }
        };
        var held = new JournaledStore(journal, time, Retention.DEFAULT);
        store = held;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var writing = new ArrayList<Future<Entry>>();
            writing.add(threads.submit(() -> create(PODS + "a/first", "")));
            inside.await();
            for (int i = 0; i < 20; i++) {
                int number = i;
                writing.add(threads.submit(() -> create(PODS + "a/" + number, "")));
            }
            while (held.queued() < 20) {
                Thread.onSpinWait();
            }
            assertThat(store.revision()).isEqualTo(1);
            assertThat(store.range(Range.all(PODS)).entries()).isEmpty();
            go.countDown();
            for (var one : writing) {
                one.get();
            }
        }
        assertThat(journal.groups).hasSize(2);
        assertThat(store.range(Range.all(PODS)).entries()).hasSize(21);
    }

    @Test
    void aStoreOpenedAnewGoesOnWhereItWas() {
        var journal = new ListJournal();
        store = open(journal, time, Retention.DEFAULT);
        var x = create(PODS + "a/x", "1");
        var y = create(PODS + "a/y", "1");
        store.write(new Write.Create(
                PODS + "a/z", new Draft("z".getBytes(UTF_8), -1, Optional.of(Duration.ofMinutes(10)))));
        var gone = delete(y);
        store.close();
        store = open(journal, time, Retention.DEFAULT);
        assertThat(store.revision()).isEqualTo(gone.revision());
        assertThat(store.compactedRevision()).isEqualTo(gone.revision());
        assertThat(store.range(Range.all(PODS)).entries())
                .extracting(Entry::key)
                .containsExactly(PODS + "a/x", PODS + "a/z");
        store.watch(PODS, gone.revision()).close();
        assertThatThrownBy(() -> store.watch(PODS, gone.revision() - 1)).isInstanceOf(CompactedException.class);
        assertThat(update(x, "2").revision()).isEqualTo(gone.revision() + 1);
        time.advance(Duration.ofMinutes(10));
        assertThat(store.get(PODS + "a/z")).isEmpty();
        assertThat(time.now()).isEqualTo(Instant.parse("2026-01-01T00:10:00Z"));
    }
}
