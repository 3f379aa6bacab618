package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.time.ManualTime;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every engine does. A subclass opens a fresh store. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class StoreContract {
    protected static final String PODS = "/registry/core/pods/";
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofMillis(1);

    protected final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    protected Store store;

    /** A store that was never written to. */
    protected abstract Store open(TimeSource time, Retention retention);

    /** Whether what expires does so by {@link #time}; otherwise by the machine's clock, and maybe some seconds late. */
    protected boolean expiresByItsClock() {
        return true;
    }

    /** A time to live that a test can wait for, and that a few writes don't outlast. */
    private Duration life() {
        return expiresByItsClock() ? Duration.ofMinutes(60) : Duration.ofSeconds(5);
    }

    @BeforeEach
    void openStore() {
        store = open(time, Retention.DEFAULT);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    /** The store anew, with another retention. */
    protected void reopenEmpty(Retention retention) {
        store.close();
        store = open(time, retention);
    }

    protected static Draft draft(String text) {
        return new Draft(text.getBytes(UTF_8), -1);
    }

    protected Entry create(String key, String text) {
        return committed(store.write(new Write.Create(key, draft(text))));
    }

    protected Entry update(Entry old, String text) {
        return committed(store.write(new Write.Update(old.key(), old.revision(), draft(text))));
    }

    protected Entry delete(Entry old) {
        return committed(store.write(new Write.Delete(old.key(), old.revision())));
    }

    protected static Entry committed(WriteResult result) {
        assertThat(result).isInstanceOf(WriteResult.Committed.class);
        return ((WriteResult.Committed) result).entry();
    }

    private static List<String> keys(Page page) {
        return page.entries().stream().map(Entry::key).toList();
    }

    private static String text(Entry entry) {
        return new String(entry.value(), UTF_8);
    }

    // Writes

    @Test
    void aFreshStoreIsAtRevisionOne() {
        assertThat(store.revision()).isEqualTo(1);
        assertThat(store.compactedRevision()).isEqualTo(1);
        assertThat(store.get(PODS + "a/x")).isEmpty();
        assertThat(store.range(Range.all(PODS))).isEqualTo(new Page(List.of(), 1, 0));
    }

    @Test
    void everyWriteHasTheNextRevisionAndIsVisibleBeforeItsAnswer() {
        var one = create(PODS + "a/x", "1");
        assertThat(one.revision()).isEqualTo(2);
        assertThat(one.createRevision()).isEqualTo(2);
        var two = update(one, "2");
        assertThat(two.revision()).isEqualTo(3);
        assertThat(two.createRevision()).isEqualTo(2);
        assertThat(store.get(PODS + "a/x")).contains(two);
        assertThat(store.revision()).isEqualTo(3);
        delete(two);
        assertThat(store.get(PODS + "a/x")).isEmpty();
        assertThat(store.revision()).isEqualTo(4);
        assertThat(create(PODS + "a/x", "3").createRevision()).isEqualTo(5);
    }

    @Test
    void aWriteThatExpectsAnotherStateIsStaleAndChangesNothing() {
        var one = create(PODS + "a/x", "1");
        var two = update(one, "2");
        assertThat(store.write(new Write.Create(one.key(), draft("3"))))
                .isEqualTo(new WriteResult.Stale(Optional.of(two)));
        assertThat(store.write(new Write.Update(one.key(), one.revision(), draft("3"))))
                .isEqualTo(new WriteResult.Stale(Optional.of(two)));
        assertThat(store.write(new Write.Delete(one.key(), one.revision())))
                .isEqualTo(new WriteResult.Stale(Optional.of(two)));
        assertThat(store.write(new Write.Update(PODS + "a/none", 2, draft("3"))))
                .isEqualTo(new WriteResult.Stale(Optional.empty()));
        assertThat(store.write(new Write.Delete(PODS + "a/none", 2)))
                .isEqualTo(new WriteResult.Stale(Optional.empty()));
        assertThat(store.revision()).isEqualTo(two.revision());
    }

    @Test
    void theRevisionsDigitsAreSplicedIntoTheValue() {
        var x = committed(
                store.write(new Write.Create(PODS + "a/x", new Draft("{\"rv\":\"\",\"n\":1}".getBytes(UTF_8), 7))));
        assertThat(text(x)).isEqualTo("{\"rv\":\"2\",\"n\":1}");
        assertThat(x.revisionAt()).isEqualTo(7);
        for (int i = 0; i < 8; i++) {
            create(PODS + "b/" + i, "fill");
        }
        var deleted = delete(x);
        assertThat(text(deleted)).isEqualTo("{\"rv\":\"11\",\"n\":1}");
        assertThat(deleted.createRevision()).isEqualTo(2);
        assertThat(text(x)).isEqualTo("{\"rv\":\"2\",\"n\":1}");
    }

    @Test
    void ofManyWritersOnOneRevisionExactlyOneWins() throws Exception {
        var entry = create(PODS + "a/x", "start");
        for (int round = 0; round < 20; round++) {
            long expected = entry.revision();
            var results = race(
                    16,
                    writer -> () -> store.write(new Write.Update(PODS + "a/x", expected, draft("writer " + writer))));
            var won = results.stream()
                    .filter(WriteResult.Committed.class::isInstance)
                    .toList();
            assertThat(won).hasSize(1);
            entry = committed(won.getFirst());
            assertThat(store.get(PODS + "a/x")).contains(entry);
        }
    }

    private interface Racer {
        Callable<WriteResult> of(int number);
    }

    private static List<WriteResult> race(int writers, Racer racer) throws Exception {
        var go = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<WriteResult>>();
            for (int i = 0; i < writers; i++) {
                var task = racer.of(i);
                answers.add(threads.submit(() -> {
                    go.await();
                    return task.call();
                }));
            }
            go.countDown();
            var results = new ArrayList<WriteResult>();
            for (var answer : answers) {
                results.add(answer.get());
            }
            return results;
        }
    }

    // Ranges

    @Test
    void aRangeHasTheKeysUnderItsPrefixInOrder() {
        create(PODS + "b/1", "");
        create(PODS + "a/2", "");
        create(PODS + "a/1", "");
        create("/registry/core/podsx/a/1", "");
        create("/registry/core/pod/a/1", "");
        assertThat(keys(store.range(Range.all(PODS)))).containsExactly(PODS + "a/1", PODS + "a/2", PODS + "b/1");
        assertThat(keys(store.range(Range.all(PODS + "a/")))).containsExactly(PODS + "a/1", PODS + "a/2");
        assertThat(store.range(Range.all("/registry/")).entries()).hasSize(5);
        assertThat(store.range(Range.all(PODS + "c/")).entries()).isEmpty();
        assertThatThrownBy(() -> store.range(Range.all("/registry"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pagesOfOneRevisionArePartsOfOneSnapshot() {
        var entries = new ArrayList<Entry>();
        for (int i = 0; i < 10; i++) {
            entries.add(create(PODS + "a/" + i, "old"));
        }
        var first = store.range(new Range(PODS, "", 4, 0));
        assertThat(keys(first)).containsExactly(PODS + "a/0", PODS + "a/1", PODS + "a/2", PODS + "a/3");
        assertThat(first.remaining()).isEqualTo(6);
        delete(entries.get(0));
        delete(entries.get(5));
        update(entries.get(6), "new");
        create(PODS + "a/55", "new");
        create(PODS + "a/99", "new");
        var second = store.range(new Range(PODS, PODS + "a/3", 4, first.revision()));
        assertThat(second.entries()).isEqualTo(entries.subList(4, 8));
        assertThat(second.remaining()).isEqualTo(2);
        assertThat(second.revision()).isEqualTo(first.revision());
        var third = store.range(new Range(PODS, PODS + "a/7", 4, first.revision()));
        assertThat(third.entries()).isEqualTo(entries.subList(8, 10));
        assertThat(third.remaining()).isZero();
    }

    @Test
    void aRangeOutsideOfHistoryIsRefused() {
        var x = create(PODS + "a/x", "1");
        var y = update(x, "2");
        store.compact(y.revision());
        assertThatThrownBy(() -> store.range(new Range(PODS, "", 0, x.revision())))
                .isInstanceOf(CompactedException.class);
        assertThat(store.range(new Range(PODS, "", 0, y.revision())).entries()).containsExactly(y);
        assertThatThrownBy(() -> store.range(new Range(PODS, "", 0, y.revision() + 1)))
                .isInstanceOf(FutureRevisionException.class);
        assertThatThrownBy(() -> store.compact(y.revision() + 1)).isInstanceOf(FutureRevisionException.class);
    }

    // Watches

    @Test
    void aWatchHasEachChangeOnceWithTheStateBefore() throws Exception {
        try (var watch = store.watch(PODS, 0)) {
            var one = create(PODS + "a/x", "1");
            create("/registry/core/nodes/n", "");
            var two = update(one, "2");
            var gone = delete(two);
            assertThat(drain(watch, 3))
                    .containsExactly(
                            new StoreEvent.Put(one, Optional.empty()),
                            new StoreEvent.Put(two, Optional.of(one)),
                            new StoreEvent.Delete(gone, Optional.of(two)));
            assertThat(watch.progress()).isEqualTo(gone.revision());
            var node = create("/registry/core/nodes/m", "");
            assertThat(watch.next(SHORT)).isEmpty();
            assertThat(watch.progress()).isEqualTo(node.revision());
        }
    }

    @Test
    void aWatchStartsAfterItsRevision() throws Exception {
        var one = create(PODS + "a/x", "1");
        var two = update(one, "2");
        try (var watch = store.watch(PODS, one.revision())) {
            assertThat(drain(watch, 1)).containsExactly(new StoreEvent.Put(two, Optional.of(one)));
        }
        assertThatThrownBy(() -> store.watch(PODS, two.revision() + 1)).isInstanceOf(FutureRevisionException.class);
        store.compact(two.revision());
        assertThatThrownBy(() -> store.watch(PODS, one.revision())).isInstanceOf(CompactedException.class);
        store.watch(PODS, two.revision()).close();
    }

    @Test
    void aWatchThatIsFinishedGivesWhatHasHappenedAndEnds() throws Exception {
        try (var watch = store.watch(PODS, 0)) {
            var one = create(PODS + "a/x", "1");
            watch.finish();
            create(PODS + "a/y", "2");
            assertThat(watch.next(LONG)).containsExactly(new StoreEvent.Put(one, Optional.empty()));
            assertThatThrownBy(() -> watch.next(Duration.ofSeconds(10))).isInstanceOf(WatchClosedException.class);
            assertThatThrownBy(watch::poll).isInstanceOf(WatchClosedException.class);
        }
    }

    @Test
    void watchesOfANamespaceAndOfEverythingFilter() throws Exception {
        try (var namespace = store.watch(PODS + "b/", 0);
                var all = store.watch("/registry/", 0)) {
            var a = create(PODS + "a/x", "1");
            var b = create(PODS + "b/x", "1");
            var node = create("/registry/core/nodes/n", "");
            assertThat(drain(namespace, 1)).containsExactly(new StoreEvent.Put(b, Optional.empty()));
            assertThat(namespace.progress()).isEqualTo(node.revision());
            assertThat(drain(all, 3))
                    .extracting(StoreEvent::revision)
                    .containsExactly(a.revision(), b.revision(), node.revision());
        }
    }

    private static Draft draft(String text, int topic) {
        return new Draft(text.getBytes(UTF_8), -1, Optional.empty(), topic);
    }

    /** It may be given others', which is for engines to say that know no topics. */
    @Test
    void aWatchOfATopicWakesForWhatHasItComesToItOrLeavesIt() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var seven = store.watch(PODS, 0, 7)) {
            var one = committed(store.write(new Write.Create(PODS + "a/x", draft("1", 5))));
            var waiting = threads.submit(() -> awaitChanges(seven, PODS + "a/y", 1));
            var mine = committed(store.write(new Write.Create(PODS + "a/y", draft("1", 7))));
            waiting.get(60, TimeUnit.SECONDS);
            var leaving = threads.submit(() -> awaitChanges(seven, PODS + "a/y", 1));
            store.write(new Write.Update(mine.key(), mine.revision(), draft("2", 5)));
            leaving.get(60, TimeUnit.SECONDS);
            var coming = threads.submit(() -> awaitChanges(seven, PODS + "a/x", 2));
            var come = committed(store.write(new Write.Update(one.key(), one.revision(), draft("2", 7))));
            delete(come);
            coming.get(60, TimeUnit.SECONDS);
            create(PODS + "a/z", "whatever it is about");
            awaitChanges(seven, PODS + "a/z", 1);
        }
    }

    /** Reads until so many changes of the key have come. */
    private static boolean awaitChanges(Watch watch, String key, int count) throws InterruptedException {
        int seen = 0;
        while (seen < count) {
            var events = watch.next(LONG);
            assertThat(events).isNotEmpty();
            seen += (int)
                    events.stream().filter(event -> event.key().equals(key)).count();
        }
        return true;
    }

    @Test
    void aBlockedWatchWakesForAChangeAndForItsEnd() throws Exception {
        var watch = store.watch(PODS, 0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = threads.submit(() -> watch.next(LONG));
            var entry = create(PODS + "a/x", "1");
            assertThat(waiting.get(60, TimeUnit.SECONDS)).containsExactly(new StoreEvent.Put(entry, Optional.empty()));
            var closing = threads.submit(() -> watch.next(LONG));
            watch.close();
            assertThatThrownBy(() -> closing.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(WatchClosedException.class);
            var other = store.watch(PODS, 0);
            var stopping = threads.submit(() -> other.next(LONG));
            store.close();
            assertThatThrownBy(() -> stopping.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(WatchClosedException.class);
        }
    }

    @Test
    void aReaderThatFallsBehindIsToldSo() throws Exception {
        reopenEmpty(new Retention(Duration.ofMinutes(5), 10, 1 << 20));
        var slow = store.watch(PODS, 0);
        var idle = store.watch("/registry/core/nodes/", 0);
        var last = create(PODS + "a/x", "0");
        for (int i = 1; i <= 10; i++) {
            last = update(last, "" + i);
        }
        assertThatThrownBy(() -> slow.next(SHORT)).isInstanceOf(CompactedException.class);
        assertThat(idle.next(SHORT)).isEmpty();
        assertThat(idle.progress()).isEqualTo(last.revision());
        assertThat(store.compactedRevision()).isEqualTo(2);
        assertThat(store.range(new Range(PODS, "", 0, 2)).entries()).hasSize(1);
    }

    @Test
    void historyIsForgottenByAgeAndBySize() {
        reopenEmpty(new Retention(Duration.ofMinutes(5), 1_000, 10_000));
        var entry = create(PODS + "a/x", "x".repeat(4_000));
        time.advance(Duration.ofMinutes(4));
        entry = update(entry, "y".repeat(4_000));
        assertThat(store.compactedRevision()).isEqualTo(1);
        time.advance(Duration.ofMinutes(2));
        entry = update(entry, "z");
        assertThat(store.compactedRevision()).isEqualTo(2);
        entry = update(entry, "z".repeat(9_000));
        assertThat(store.compactedRevision()).isEqualTo(3);
        assertThat(store.get(PODS + "a/x")).contains(entry);
    }

    // Expiry

    @Test
    void aKeyWithATimeToLiveVanishesAtTheDeadlineNotBefore() throws Exception {
        long start = System.nanoTime();
        var entry = committed(store.write(
                new Write.Create(PODS + "a/x", new Draft("{\"rv\":\"\"}".getBytes(UTF_8), 7, Optional.of(life())))));
        try (var watch = store.watch(PODS, entry.revision())) {
            if (expiresByItsClock()) {
                time.advance(life().minusMillis(1));
                assertThat(store.get(PODS + "a/x")).contains(entry);
                time.advance(Duration.ofMillis(1));
            }
            var event = (StoreEvent.Delete) drain(watch, 1).getFirst();
            if (!expiresByItsClock()) {
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(life());
            }
            assertThat(store.get(PODS + "a/x")).isEmpty();
            assertThat(event.before()).contains(entry);
            assertThat(text(event.last())).isEqualTo("{\"rv\":\"3\"}");
        }
    }

    @Test
    void anUpdateReplacesTheDeadline() throws Exception {
        var life = Optional.of(life());
        var half = life().dividedBy(2);
        var longer = Optional.of(life().multipliedBy(2));
        var a = committed(store.write(new Write.Create(PODS + "a/a", new Draft(new byte[0], -1, life))));
        var b = committed(store.write(new Write.Create(PODS + "a/b", new Draft(new byte[0], -1, life))));
        committed(store.write(new Write.Create(PODS + "a/c", new Draft(new byte[0], -1, life))));
        time.advance(half);
        update(a, "stays");
        committed(store.write(new Write.Update(b.key(), b.revision(), new Draft(new byte[0], -1, longer))));
        try (var watch = store.watch(PODS, store.revision())) {
            time.advance(half);
            drain(watch, 1);
            assertThat(keys(store.range(Range.all(PODS)))).containsExactly(PODS + "a/a", PODS + "a/b");
            time.advance(life().plus(half));
            drain(watch, 1);
            assertThat(keys(store.range(Range.all(PODS)))).containsExactly(PODS + "a/a");
        }
        time.advance(Duration.ofDays(1));
        assertThat(keys(store.range(Range.all(PODS)))).containsExactly(PODS + "a/a");
    }

    // Closing

    @Test
    void aClosedStoreRefusesWrites() {
        store.close();
        assertThatThrownBy(() -> store.write(new Write.Create(PODS + "a/x", draft(""))))
                .isInstanceOf(StoreException.class);
        store.close();
    }

    // Histories

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomHistoriesAreAsThoseOfAnObviousModel(long seed) throws Exception {
        reopenEmpty(new Retention(Duration.ofMinutes(5), 200, 1 << 20));
        new RandomHistory(store, time, new Random(seed), expiresByItsClock()).run(1_500);
    }

    @Test
    void watchersBesideManyWritersSeeOneCompleteOrder() throws Exception {
        int writers = 8;
        int each = 200;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var watching = new ArrayList<Future<List<StoreEvent>>>();
            for (int i = 0; i < 20; i++) {
                var watch = store.watch(PODS, 1);
                watching.add(threads.submit(() -> drain(watch, writers * each)));
            }
            var writing = new ArrayList<Future<?>>();
            for (int w = 0; w < writers; w++) {
                int writer = w;
                writing.add(threads.submit(() -> {
                    var entry = create(PODS + writer + "/x", "0");
                    for (int i = 1; i < each; i++) {
                        entry = update(entry, "" + i);
                    }
                }));
            }
            for (var one : writing) {
                one.get();
            }
            var expected = new ArrayList<Long>();
            for (long revision = 2; revision < 2 + writers * each; revision++) {
                expected.add(revision);
            }
            for (var one : watching) {
                assertThat(one.get()).extracting(StoreEvent::revision).isEqualTo(expected);
            }
        }
    }

    @Test
    void whoListensIsToldOfChangesAndOfTheEnd() throws Exception {
        var told = new Semaphore(0);
        var other = new Semaphore(0);
        var watch = store.watch(PODS, 0);
        watch.listen(told::release);
        var closed = store.watch(PODS, 0);
        closed.listen(other::release);
        closed.close();
        assertThat(watch.poll()).isEmpty();

        var one = create(PODS + "a/one", "1");

        assertThat(told.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        assertThat(watch.poll()).extracting(StoreEvent::revision).containsExactly(one.revision());
        assertThat(watch.poll()).isEmpty();
        assertThat(watch.progress()).isEqualTo(one.revision());
        told.drainPermits();
        store.close();
        assertThat(told.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(watch::poll).isInstanceOf(WatchClosedException.class);
        assertThat(other.availablePermits()).isZero();
    }

    /** Reads until {@code count} events have come. */
    protected static List<StoreEvent> drain(Watch watch, int count) throws InterruptedException {
        var events = new ArrayList<StoreEvent>();
        while (events.size() < count) {
            var more = watch.next(LONG);
            assertThat(more).as("%d of %d events", events.size(), count).isNotEmpty();
            events.addAll(more);
        }
        assertThat(watch.next(Duration.ZERO)).isEmpty();
        return events;
    }
}
