package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random requests to a store, compared with a slow obvious model: the model keeps a copy of the whole map for every
 * revision and the list of all events.
 */
final class RandomHistory {
    private static final String[] RESOURCES = {
        "/registry/core/pods/a/", "/registry/core/pods/b/", "/registry/core/nodes/", "/registry/apps/deployments/a/"
    };
    private static final String[] PREFIXES = {
        "/registry/", "/registry/core/", "/registry/core/pods/", "/registry/core/pods/a/", "/registry/core/nodes/"
    };

    private final Store store;
    private final ManualTime time;
    private final Random random;
    private final boolean expires;

    private final List<TreeMap<String, Entry>> states = new ArrayList<>();
    private final List<StoreEvent> events = new ArrayList<>();
    private final TreeMap<String, Instant> deadlines = new TreeMap<>();
    private final List<Follower> followers = new ArrayList<>();

    private static final class Follower {
        private final String prefix;
        private Watch watch;
        private long seen;

        Follower(String prefix, Watch watch, long seen) {
            this.prefix = prefix;
            this.watch = watch;
            this.seen = seen;
        }
    }

    /** @param expires whether some keys expire, by {@code time} */
    RandomHistory(Store store, ManualTime time, Random random, boolean expires) {
        this.expires = expires;
        this.store = store;
        this.time = time;
        this.random = random;
        states.add(new TreeMap<>());
        states.add(new TreeMap<>());
    }

    void run(int steps) throws InterruptedException {
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> write();
                case 5, 6 -> range();
                case 7 -> follow();
                case 8 -> read();
                default -> rare();
            }
            assertThat(store.revision()).isEqualTo(states.size() - 1);
        }
        for (var follower : followers) {
            read(follower);
        }
    }

    private TreeMap<String, Entry> now() {
        return states.getLast();
    }

    private String key() {
        return RESOURCES[random.nextInt(RESOURCES.length)] + "k" + random.nextInt(15);
    }

    private void write() {
        var key = key();
        var current = now().get(key);
        long expected = current != null && random.nextInt(5) > 0 ? current.revision() : random.nextInt(states.size());
        Optional<Duration> ttl = expires && random.nextInt(6) == 0
                ? Optional.of(Duration.ofSeconds(1 + random.nextInt(60)))
                : Optional.empty();
        var bytes = ("<" + random.nextInt(1000) + ">").getBytes(UTF_8);
        var draft = new Draft(bytes, random.nextInt(bytes.length + 2) - 1, ttl);
        var write = switch (random.nextInt(4)) {
            case 0 -> new Write.Delete(key, expected);
            case 1 -> new Write.Create(key, draft);
            default -> current == null ? new Write.Create(key, draft) : new Write.Update(key, expected, draft);
        };
        var result = store.write(write);
        boolean accepted =
                write instanceof Write.Create ? current == null : current != null && current.revision() == expected;
        if (!accepted) {
            assertThat(result).isInstanceOf(WriteResult.Stale.class);
            var found = ((WriteResult.Stale) result).current();
            assertThat(found.isPresent()).isEqualTo(current != null);
            found.ifPresent(entry -> assertSame(entry, now().get(key)));
            return;
        }
        if (write instanceof Write.Delete) {
            var last = deleted(key);
            assertSame(StoreContract.committed(result), last);
            return;
        }
        long revision = states.size();
        var text = new String(bytes, UTF_8);
        if (draft.revisionAt() >= 0) {
            text = text.substring(0, draft.revisionAt()) + revision + text.substring(draft.revisionAt());
        }
        var entry = new Entry(
                key,
                text.getBytes(UTF_8),
                draft.revisionAt(),
                current == null ? revision : current.createRevision(),
                revision);
        assertSame(StoreContract.committed(result), entry);
        var next = new TreeMap<>(now());
        next.put(key, entry);
        states.add(next);
        events.add(new StoreEvent.Put(entry, Optional.ofNullable(current)));
        deadlines.remove(key);
        ttl.ifPresent(t -> deadlines.put(key, time.now().plus(t)));
    }

    private Entry deleted(String key) {
        var current = now().get(key);
        long revision = states.size();
        var text = new String(current.value(), UTF_8);
        int at = current.revisionAt();
        if (at >= 0) {
            int digits = Long.toString(current.revision()).length();
            text = text.substring(0, at) + revision + text.substring(at + digits);
        }
        var last = new Entry(key, text.getBytes(UTF_8), at, current.createRevision(), revision);
        var next = new TreeMap<>(now());
        next.remove(key);
        states.add(next);
        events.add(new StoreEvent.Delete(last, Optional.of(current)));
        deadlines.remove(key);
        return last;
    }

    private void range() {
        var one = key();
        assertThat(store.get(one).map(Entry::revision))
                .isEqualTo(Optional.ofNullable(now().get(one)).map(Entry::revision));
        var prefix = PREFIXES[random.nextInt(PREFIXES.length)];
        var after = random.nextInt(3) == 0 ? key() : "";
        int limit = random.nextInt(8);
        long newest = store.revision();
        long revision = random.nextBoolean() ? 0 : Math.max(1, newest - random.nextInt(250));
        Page page;
        try {
            page = store.range(new Range(prefix, after, limit, revision));
        } catch (CompactedException _) {
            assertThat(revision).isBetween(1L, store.compactedRevision() - 1);
            return;
        }
        long at = revision == 0 ? newest : revision;
        var all = states.get((int) at).values().stream()
                .filter(e -> e.key().startsWith(prefix) && e.key().compareTo(after) > 0)
                .toList();
        var some = limit == 0 ? all : all.subList(0, Math.min(limit, all.size()));
        assertThat(page.revision()).isEqualTo(at);
        assertThat(page.remaining()).isEqualTo(all.size() - some.size());
        assertThat(page.entries()).hasSameSizeAs(some);
        for (int i = 0; i < some.size(); i++) {
            assertSame(page.entries().get(i), some.get(i));
        }
    }

    private void follow() throws InterruptedException {
        if (followers.size() > 6) {
            var old = followers.remove(random.nextInt(followers.size()));
            read(old);
            old.watch.close();
        }
        var prefix = PREFIXES[random.nextInt(PREFIXES.length)];
        long after = Math.max(store.compactedRevision(), store.revision() - random.nextInt(100));
        followers.add(new Follower(prefix, store.watch(prefix, after), after));
    }

    private void read() throws InterruptedException {
        if (!followers.isEmpty()) {
            read(followers.get(random.nextInt(followers.size())));
        }
    }

    /** All that the follower has not seen comes now, or it is told that it is too late; then it lists and goes on. */
    private void read(Follower follower) throws InterruptedException {
        try {
            var read = new ArrayList<StoreEvent>();
            for (var more = follower.watch.next(Duration.ZERO);
                    !more.isEmpty();
                    more = follower.watch.next(Duration.ZERO)) {
                read.addAll(more);
            }
            var expected = events.stream()
                    .filter(e -> e.revision() > follower.seen && e.key().startsWith(follower.prefix))
                    .toList();
            assertThat(read).hasSameSizeAs(expected);
            for (int i = 0; i < read.size(); i++) {
                assertSame(read.get(i), expected.get(i));
            }
            assertThat(follower.watch.progress()).isEqualTo(store.revision());
            follower.seen = follower.watch.progress();
        } catch (CompactedException _) {
            assertThat(follower.seen).isLessThan(store.compactedRevision());
            follower.watch.close();
            follower.seen = store.revision();
            follower.watch = store.watch(follower.prefix, follower.seen);
        }
    }

    private void rare() throws InterruptedException {
        switch (random.nextInt(4)) {
            case 0 -> {
                long to = store.compactedRevision()
                        + random.nextInt((int) (store.revision() - store.compactedRevision()) + 1);
                store.compact(to);
                assertThat(store.compactedRevision()).isEqualTo(to);
            }
            case 1 -> {
                // A dropped connection: resumes from what it has seen.
                if (!followers.isEmpty()) {
                    var follower = followers.get(random.nextInt(followers.size()));
                    read(follower);
                    follower.watch.close();
                    follower.watch = store.watch(follower.prefix, follower.seen);
                }
            }
            default -> {
                var until = time.now().plus(Duration.ofSeconds(random.nextInt(20)));
                var due = deadlines.entrySet().stream()
                        .filter(e -> !e.getValue().isAfter(until))
                        .sorted(Map.Entry.<String, Instant>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                        .map(Map.Entry::getKey)
                        .toList();
                due.forEach(this::deleted);
                time.advance(Duration.between(time.now(), until));
            }
        }
    }

    private static void assertSame(StoreEvent one, StoreEvent other) {
        assertThat(one.getClass()).isEqualTo(other.getClass());
        assertThat(one.before().isPresent()).isEqualTo(other.before().isPresent());
        one.before().ifPresent(before -> assertSame(before, other.before().orElseThrow()));
        switch (one) {
            case StoreEvent.Put(var now, var _) -> assertSame(now, ((StoreEvent.Put) other).now());
            case StoreEvent.Delete(var last, var _) -> assertSame(last, ((StoreEvent.Delete) other).last());
        }
    }

    private static void assertSame(Entry one, Entry other) {
        assertThat(new String(one.value(), UTF_8)).isEqualTo(new String(other.value(), UTF_8));
        assertThat(new Entry(one.key(), other.value(), one.revisionAt(), one.createRevision(), one.revision()))
                .isEqualTo(other);
    }
}
