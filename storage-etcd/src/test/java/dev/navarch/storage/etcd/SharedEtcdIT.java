package dev.navarch.storage.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Retention;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two stores on one etcd, others that write there as well, and an etcd that fails. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedEtcdIT {
    private static final String PODS = "/registry/core/pods/";
    private static final Duration LONG = Duration.ofMinutes(2);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final List<AutoCloseable> open = new ArrayList<>();
    private EtcdProcess etcd;
    private EtcdClient other;

    @BeforeEach
    void start() throws Exception {
        etcd = EtcdProcess.start();
        other = new EtcdClient(etcd.config());
    }

    @AfterEach
    void stop() throws Exception {
        for (var one : open.reversed()) {
            one.close();
        }
        if (etcd != null) {
            other.close();
            etcd.close();
        }
    }

    private EtcdStore store(EtcdConfig config) {
        var store = EtcdStore.open(config, time);
        open.add(store);
        return store;
    }

    private EtcdStore store() {
        return store(etcd.config());
    }

    private static Write.Create create(String name, String text) {
        return new Write.Create(PODS + name, new Draft(text.getBytes(UTF_8), -1));
    }

    private static Entry committed(WriteResult result) {
        return ((WriteResult.Committed) result).entry();
    }

    private static String text(Entry entry) {
        return new String(entry.value(), UTF_8);
    }

    @Test
    void whatOneAcknowledgedTheOtherReadsAfterASync() throws Exception {
        var a = store();
        var b = store();
        Entry entry = committed(a.write(create("a/x", "0")));
        for (int i = 1; i < 200; i++) {
            var writer = i % 2 == 0 ? a : b;
            var reader = i % 2 == 0 ? b : a;
            entry = committed(writer.write(
                    new Write.Update(entry.key(), entry.revision(), new Draft(("" + i).getBytes(UTF_8), -1))));
            reader.sync();
            assertThat(text(reader.get(entry.key()).orElseThrow())).isEqualTo("" + i);
            assertThat(reader.revision()).isGreaterThanOrEqualTo(entry.revision());
        }
    }

    @Test
    void whatOneWroteTheOtherMayChangeAndItsLoserIsShownTheTruth() {
        var a = store();
        var b = store();
        var entry = committed(a.write(create("a/x", "1")));
        var updated =
                committed(b.write(new Write.Update(entry.key(), entry.revision(), new Draft("2".getBytes(UTF_8), 0))));
        assertThat(text(updated)).isEqualTo(updated.revision() + "2");
        assertThat(updated.createRevision()).isEqualTo(entry.createRevision());
        var stale = (WriteResult.Stale) a.write(new Write.Delete(entry.key(), entry.revision()));
        assertThat(stale.current().map(SharedEtcdIT::text)).contains(text(updated));
        assertThat(a.get(entry.key()).map(Entry::revision)).contains(updated.revision());
        var gone = committed(a.write(new Write.Delete(entry.key(), updated.revision())));
        assertThat(text(gone)).isEqualTo(gone.revision() + "2");
    }

    @Test
    void ofManyWritersOnManyStoresExactlyOneWins() throws Exception {
        var stores = List.of(store(), store(), store());
        var entry = committed(stores.getFirst().write(create("a/x", "start")));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 20; round++) {
                long expected = entry.revision();
                List<Callable<WriteResult>> racers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    var store = stores.get(i % 3);
                    var draft = new Draft(("writer " + i).getBytes(UTF_8), -1);
                    racers.add(() -> store.write(new Write.Update(PODS + "a/x", expected, draft)));
                }
                var won = new ArrayList<Entry>();
                for (Future<WriteResult> result : threads.invokeAll(racers)) {
                    if (result.get() instanceof WriteResult.Committed(var winner)) {
                        won.add(winner);
                    }
                }
                assertThat(won).hasSize(1);
                entry = won.getFirst();
            }
        }
    }

    @Test
    void watchesOfTwoStoresTellTheSame() throws Exception {
        var a = store();
        var b = store();
        try (var ofA = a.watch("/registry/", 0);
                var ofB = b.watch("/registry/", 0)) {
            var expected = new ArrayList<Long>();
            for (int i = 0; i < 50; i++) {
                expected.add(committed((i % 2 == 0 ? a : b).write(create("a/" + i, "x")))
                        .revision());
            }
            assertThat(revisions(ofA, 50)).isEqualTo(expected);
            assertThat(revisions(ofB, 50)).isEqualTo(expected);
        }
    }

    private static List<Long> revisions(dev.navarch.storage.Watch watch, int count) throws InterruptedException {
        var seen = new ArrayList<Long>();
        while (seen.size() < count) {
            var events = watch.next(LONG);
            assertThat(events).isNotEmpty();
            events.forEach(e -> seen.add(e.revision()));
        }
        return seen;
    }

    @Test
    void writesElsewhereInEtcdDontHoldReadsUp() throws Exception {
        var store = store();
        store.write(create("a/x", "1"));
        for (int i = 0; i < 20; i++) {
            long revision = other.put(ByteString.copyFromUtf8("/elsewhere"), ByteString.copyFromUtf8("" + i));
            store.sync();
            assertThat(store.revision()).isGreaterThanOrEqualTo(revision);
            assertThat(store.write(create("a/x", "2"))).isInstanceOf(WriteResult.Stale.class);
        }
        assertThat(store.range(Range.all("/registry/")).entries()).hasSize(1);
    }

    /** As with versions of etcd whose answers never overtake events; here nothing is under way that could be overtaken. */
    @Test
    void aProgressRequestTellsHowFarTheWatchIs() throws Exception {
        var store = new EtcdStore(
                etcd.config(), new EtcdClient(etcd.config()), true, time, Retention.DEFAULT, ValueTransformer.PLAIN);
        open.add(store);
        store.write(create("a/x", "1"));
        long revision = other.put(ByteString.copyFromUtf8("/elsewhere"), ByteString.EMPTY);
        store.sync();
        assertThat(store.revision()).isEqualTo(revision);
    }

    @Test
    void prefixesKeepStoresApart() throws Exception {
        var a = store();
        var b = store(etcd.config().withPrefix("/other"));
        var entry = committed(a.write(create("a/x", "1")));
        var mine = committed(b.write(create("a/x", "2")));
        a.sync();
        b.sync();
        assertThat(a.range(Range.all("/registry/")).entries()).containsExactly(entry);
        assertThat(b.range(Range.all("/registry/")).entries()).containsExactly(mine);
    }

    @Test
    void whatSomebodyElseWroteUnderThePrefixIsLeftOut() throws Exception {
        other.put(ByteString.copyFromUtf8(PODS + "a/before"), ByteString.copyFromUtf8("k8s protobuf"));
        var store = store();
        var entry = committed(store.write(create("a/x", "1")));
        long alien = other.put(ByteString.copyFromUtf8(PODS + "a/y"), ByteString.copyFromUtf8("{}"));
        store.sync();
        assertThat(store.revision()).isGreaterThanOrEqualTo(alien);
        assertThat(store.range(Range.all(PODS)).entries()).containsExactly(entry);
        assertThat(store.write(create("a/y", "2"))).isEqualTo(new WriteResult.Stale(Optional.empty()));
    }

    @Test
    void aRangeThatTheCopyHasForgottenIsStillInEtcd() throws Exception {
        var a = store();
        var x = committed(a.write(create("a/x", "1")));
        var y = committed(a.write(create("a/y", "1")));
        a.write(new Write.Delete(x.key(), x.revision()));
        var b = store();
        assertThat(b.compactedRevision()).isGreaterThan(y.revision());
        var page = b.range(new Range(PODS, "", 1, y.revision()));
        assertThat(page.entries()).extracting(Entry::key).containsExactly(x.key());
        assertThat(page.remaining()).isEqualTo(1);
        a.compact(a.revision());
        assertThatThrownBy(() -> b.range(new Range(PODS, "", 1, y.revision()))).isInstanceOf(CompactedException.class);
    }

    @Test
    void afterEtcdWasKilledWatchesGoOnAndWritesWork() throws Exception {
        var store = store(etcd.config().withRequestTimeout(Duration.ofSeconds(2)));
        var x = committed(store.write(create("a/x", "1")));
        try (var watch = store.watch(PODS, 0)) {
            etcd.kill();
            assertThatThrownBy(() -> store.write(create("a/y", "1"))).isInstanceOf(StoreException.class);
            assertThatThrownBy(store::sync).isInstanceOf(StoreException.class);
            assertThat(store.failure()).isPresent();
            assertThat(store.get(x.key())).contains(x);
            etcd.restart();
            var z = committed(Persistence.answer(() -> store.write(create("a/z", "1"))));
            Persistence.sync(store);
            assertThat(store.failure()).isEmpty();
            var seen = new ArrayList<StoreEvent>();
            while (seen.isEmpty() || seen.getLast().revision() < z.revision()) {
                seen.addAll(watch.next(LONG));
            }
            assertThat(seen.getLast()).isEqualTo(new StoreEvent.Put(z, Optional.empty()));
        }
    }

    @Test
    void whatWasMissedAndIsCompactedEndsWatchesAndTheStoreReadsAnew() throws Exception {
        try (var link = new Link(etcd.port())) {
            var config = new EtcdConfig(
                    List.of(link.address()),
                    List.of(),
                    Optional.empty(),
                    EtcdConfig.DEFAULT_PREFIX,
                    Duration.ZERO,
                    Duration.ofSeconds(5));
            var cutOff = store(config);
            var x = committed(cutOff.write(create("a/x", "1")));
            try (var watch = cutOff.watch(PODS, 0);
                    var idle = cutOff.watch("/registry/core/nodes/", 0)) {
                link.down();
                var near = store();
                var y = committed(near.write(create("a/y", "1")));
                near.write(new Write.Delete(x.key(), x.revision()));
                near.compact(near.revision());
                link.up();
                cutOff.sync();
                assertThat(cutOff.range(Range.all(PODS)).entries())
                        .extracting(Entry::key)
                        .containsExactly(y.key());
                assertThatThrownBy(() -> watch.next(LONG)).isInstanceOf(CompactedException.class);
                assertThatThrownBy(() -> idle.next(LONG)).isInstanceOf(CompactedException.class);
            }
            try (var again = cutOff.watch(PODS, cutOff.revision())) {
                var z = committed(cutOff.write(create("a/z", "1")));
                assertThat(again.next(LONG)).containsExactly(new StoreEvent.Put(z, Optional.empty()));
            }
        }
    }

    @Test
    void aFrozenEtcdFailsRequestsInTimeAndIsFoundAgain() throws Exception {
        var store = store(etcd.config().withRequestTimeout(Duration.ofSeconds(1)));
        assertThat(store.failure()).isEmpty();
        etcd.freeze();
        try {
            assertThatThrownBy(store::sync).isInstanceOf(StoreException.class).hasMessageContaining("deadline");
            assertThatThrownBy(() -> store.write(create("a/x", "1")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("deadline");
            assertThat(store.failure()).isPresent();
        } finally {
            etcd.goOn();
        }
        // nobody but who asks how it is uses the store
        while (store.failure().isPresent()) {
            Thread.onSpinWait();
        }
    }

    /** As an operator puts it right (source: etcd Documentation, op-guide/maintenance, space quota). */
    @Test
    void anEtcdWithoutSpaceRefusesWritesUntilThereIsSome() throws Exception {
        try (var small = EtcdProcess.start("--quota-backend-bytes=1000000")) {
            var store = store(small.config());
            var large = new byte[100_000];
            java.util.Arrays.fill(large, (byte) 'x');
            var entry = committed(store.write(create("a/x", "first")));
            StoreException refused = null;
            while (refused == null) {
                try {
                    entry = committed(
                            store.write(new Write.Update(entry.key(), entry.revision(), new Draft(large, -1))));
                } catch (StoreException e) {
                    refused = e;
                }
            }
            assertThat(refused).hasMessageContaining("etcdserver: mvcc: database space exceeded");
            store.sync();
            // the first write that is refused may have happened: etcd applies it and then finds that there is no space
            assertThat(store.get(entry.key()).orElseThrow().revision())
                    .isBetween(entry.revision(), entry.revision() + 1);
            assertThat(store.failure()).isEmpty();
            store.compact(store.revision());
            // the compaction itself goes on in etcd's background
            long end = System.nanoTime() + LONG.toNanos();
            while (refused != null) {
                small.makeSpace();
                try {
                    store.write(create("a/y", "again"));
                    refused = null;
                } catch (StoreException e) {
                    assertThat(System.nanoTime()).as("%s", e).isLessThan(end);
                }
            }
        }
    }

    @Test
    void aLongListOfTheForgottenIsReadInParts() throws Exception {
        var a = store();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1_200; i++) {
                var write = create("a/%04d".formatted(i), "1");
                threads.submit(() -> a.write(write));
            }
        }
        long then = a.revision();
        a.write(create("b/x", "1"));
        var b = store();
        for (int limit : new int[] {0, 1, 1_000, 1_001, 1_200}) {
            var page = b.range(new Range(PODS, "", limit, then));
            int count = limit == 0 ? 1_200 : limit;
            assertThat(page.entries()).hasSize(count);
            assertThat(page.entries().stream().map(Entry::key).toList())
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(page.entries().getLast().key()).endsWith("/%04d".formatted(count - 1));
            assertThat(page.remaining()).isEqualTo(1_200 - count);
            assertThat(page.revision()).isEqualTo(then);
        }
    }

    @Test
    void ofTwoServersOneCompactsAnIntervalsHistory() throws Exception {
        var interval = Duration.ofMinutes(5);
        var a = store(etcd.config().withCompactionInterval(interval));
        store(etcd.config().withCompactionInterval(interval));
        var x = committed(a.write(create("a/x", "1")));
        time.advance(interval);
        var y = committed(a.write(create("a/y", "1")));
        time.advance(interval);
        time.advance(interval);
        var fresh = store();
        assertThatThrownBy(() -> fresh.range(new Range(PODS, "", 0, x.revision())))
                .isInstanceOf(CompactedException.class);
        assertThat(fresh.range(new Range(PODS, "", 0, y.revision() + 1)).entries())
                .hasSize(2);
    }

    @Test
    void etcdThatIsNotThereIsNamed() throws Exception {
        etcd.kill();
        assertThatThrownBy(() -> EtcdStore.open(etcd.config().withRequestTimeout(Duration.ofSeconds(1)), time))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(etcd.address().toString());
    }
}
