package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What clients of a store saw, and whether it can have been so. All that was acknowledged, watched or listed makes one
 * account of what happened at which revision; with it must agree what everybody saw (source: etcd Documentation,
 * learning/api_guarantees):
 *
 * <ul>
 *   <li>keys are linearizable: a write succeeds only upon the state that it expects, so that of n writers on one revision
 *       one wins; what begins after another has ended comes after it; a read is never older than what was acknowledged
 *       before it; nothing acknowledged is lost, and nothing appears that nobody wrote
 *   <li>watches are ordered and unique, reliable (nothing between start and progress is missing), resumable and
 *       bookmarkable: that holds over reconnections that go on from the progress
 * </ul>
 *
 * <p>Every value that is written is another one.
 */
final class HistoryChecker {
    /** At a revision; {@code value} is null for a deletion. */
    private record Happened(String key, @Nullable String value) {}

    private record Acknowledged(Write write, long revision, long start, long end) {}

    /** A write, or, where {@code write} is absent, a read; what came of it is absent where nobody knows. */
    private record Done(Optional<Write> write, @Nullable String value, Optional<Found> found, long start, long end) {}

    /** Whether a write happened, else the value that was there. */
    private record Found(boolean written, @Nullable String value) {}

    private record Read(String key, long revision, long start, long end) {}

    private record Listed(String prefix, Page page) {}

    /** What one watch delivered, over all its reconnections. */
    final class Seen {
        private final String prefix;
        private final long from;
        private long progress;
        private final List<StoreEvent> events = new ArrayList<>();

        private Seen(String prefix, long from) {
            this.prefix = prefix;
            this.from = from;
            this.progress = from;
        }

        /** Called by the one thread that watches. */
        void add(List<StoreEvent> more, long newProgress) {
            for (var event : more) {
                assertThat(event.revision()).as("ordered and unique").isGreaterThan(newest());
                events.add(event);
            }
            assertThat(newProgress).as("progress").isGreaterThanOrEqualTo(newest());
            progress = newProgress;
        }

        private long newest() {
            return events.isEmpty() ? from : Math.max(progress, events.getLast().revision());
        }

        long progress() {
            return progress;
        }
    }

    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Listed> lists = new ArrayList<>();
    private final List<Seen> watches = new ArrayList<>();
    private final Map<String, Write> issued = new HashMap<>();
    private final Set<Write> unknown = new HashSet<>();
    private @Nullable Page last;

    /** What was done to each key, for the order of which revisions are not asked. */
    private final Map<String, List<Done>> done = new HashMap<>();

    private final TreeMap<Long, Happened> account = new TreeMap<>();
    private final Map<String, TreeMap<Long, Happened>> byKey = new HashMap<>();

    synchronized void read(String key, Optional<Entry> found, long start, long end) {
        reads.add(new Read(key, found.map(Entry::revision).orElse(0L), start, end));
        var there = found.map(HistoryChecker::value).orElse(null);
        done(key, new Done(Optional.empty(), null, Optional.of(new Found(false, there)), start, end));
        found.ifPresent(this::happened);
    }

    synchronized void written(Write write, String value, WriteResult result, long start, long end) {
        issued.put(value, write);
        var outcome = switch (result) {
            case WriteResult.Committed _ -> new Found(true, null);
            case WriteResult.Stale(var current) ->
                new Found(false, current.map(HistoryChecker::value).orElse(null));
        };
        done(write.key(), new Done(Optional.of(write), value, Optional.of(outcome), start, end));
        switch (result) {
            case WriteResult.Committed(var entry) -> {
                acknowledged.add(new Acknowledged(write, entry.revision(), start, end));
                if (write instanceof Write.Delete) {
                    happened(entry.revision(), new Happened(entry.key(), null));
                } else {
                    assertThat(value(entry)).isEqualTo(value);
                    happened(entry);
                }
            }
            case WriteResult.Stale(var current) -> current.ifPresent(this::happened);
        }
    }

    synchronized void unknown(Write write, String value, long start) {
        issued.put(value, write);
        done(write.key(), new Done(Optional.of(write), value, Optional.empty(), start, Long.MAX_VALUE));
        unknown.add(write);
    }

    synchronized void listed(String prefix, Page page) {
        lists.add(new Listed(prefix, page));
        page.entries().forEach(this::happened);
    }

    /** What was there in the end. */
    synchronized void last(Page page) {
        last = page;
    }

    synchronized Seen watching(String prefix, long from) {
        var seen = new Seen(prefix, from);
        watches.add(seen);
        return seen;
    }

    private void done(String key, Done one) {
        done.computeIfAbsent(key, _ -> new ArrayList<>()).add(one);
    }

    private void happened(Entry entry) {
        happened(entry.revision(), new Happened(entry.key(), value(entry)));
    }

    private void happened(long revision, Happened what) {
        var known = account.putIfAbsent(revision, what);
        assertThat(known == null ? what : known)
                .as("what happened at revision %d", revision)
                .isEqualTo(what);
        byKey.computeIfAbsent(what.key(), _ -> new TreeMap<>()).put(revision, what);
    }

    /** Without the revision, which must be the entry's own. */
    private static String value(Entry entry) {
        var text = new String(entry.value(), UTF_8);
        assertThat(text).endsWith("@" + entry.revision());
        return text.substring(0, entry.revisionAt());
    }

    /** Everybody has ended. */
    synchronized void check() {
        for (var watch : watches) {
            for (var event : watch.events) {
                switch (event) {
                    case StoreEvent.Put(var now, var _) -> happened(now);
                    case StoreEvent.Delete(var gone, var _) ->
                        happened(gone.revision(), new Happened(gone.key(), null));
                }
            }
        }
        done.forEach(this::isLinearizable);
        nothingComesFromNowhere();
        writesBuildOnWhatTheyExpect();
        timeIsRespected();
        readsAreFresh();
        lists.forEach(this::listIsOneMoment);
        watches.forEach(this::watchMissesNothing);
        nothingIsLost();
    }

    private void isLinearizable(String key, List<Done> operations) {
        var happened = account.values().stream().map(Happened::value).collect(Collectors.toSet());
        var register = operations.stream()
                .flatMap(
                        one -> step(key, one, happened)
                                .map(step -> new Linearizability.Operation(one.start, one.end, step))
                                .stream())
                .toList();
        assertThat(Linearizability.violation(register))
                .as("what contradicts all orders of what happened to %s", key)
                .isEmpty();
    }

    /** Empty for a write of which nobody ever saw that it happened. */
    private Optional<Linearizability.Step> step(String key, Done one, Set<@Nullable String> happened) {
        if (one.found.isPresent() && !one.found.get().written()) {
            return Optional.of(new Linearizability.Step.Read(one.found.get().value()));
        }
        var write = one.write.orElseThrow();
        var next = write instanceof Write.Delete ? null : one.value;
        if (one.found.isEmpty() && next != null && !happened.contains(next)) {
            return Optional.empty();
        }
        return Optional.of(new Linearizability.Step.Swap(expected(key, write), next));
    }

    private @Nullable String expected(String key, Write write) {
        long revision = switch (write) {
            case Write.Create _ -> 0;
            case Write.Update(var _, var expected, var _) -> expected;
            case Write.Delete(var _, var expected) -> expected;
        };
        var there = byKey.getOrDefault(key, new TreeMap<>()).get(revision);
        return revision == 0 ? null : there == null || there.value() == null ? "nobody's " + revision : there.value();
    }

    /** The history was one worth judging. */
    void requireSubstance(int rounds) {
        assertThat(acknowledged.size())
                .as("acknowledged writes in %d rounds", rounds)
                .isGreaterThan(20);
        assertThat(watches.stream().mapToInt(w -> w.events.size()).sum()).isGreaterThan(20);
    }

    private void nothingComesFromNowhere() {
        Set<String> seen = new HashSet<>();
        account.forEach((revision, what) -> {
            if (what.value() != null) {
                assertThat(issued).as("who wrote revision %d", revision).containsKey(what.value());
                assertThat(seen.add(what.value()))
                        .as("%s happened once", what.value())
                        .isTrue();
            }
        });
    }

    private void writesBuildOnWhatTheyExpect() {
        for (var one : acknowledged) {
            var before = byKey.get(one.write.key()).lowerEntry(one.revision);
            boolean absent = before == null || before.getValue().value() == null;
            long expected = switch (one.write) {
                case Write.Create _ -> 0;
                case Write.Update(var _, var revision, var _) -> revision;
                case Write.Delete(var _, var revision) -> revision;
            };
            if (expected > 0) {
                assertThat(before).as("%s", one).isNotNull();
                assertThat(before.getKey()).as("%s", one).isEqualTo(expected);
                assertThat(absent).as("%s builds on a deletion", one).isFalse();
            } else if (!absent) {
                // It may have been deleted by somebody who was not told so.
                long there = before.getKey();
                assertThat(deletedUnheard(one.write.key(), there))
                        .as("%s found the key absent, though %s", one, before)
                        .isTrue();
            }
        }
    }

    private boolean deletedUnheard(String key, long revision) {
        return unknown.contains(new Write.Delete(key, revision));
    }

    /** The newest revision that was acknowledged by the end of each of some writes. */
    private static TreeMap<Long, Long> newestByEnd(List<Acknowledged> writes) {
        var newestByEnd = new TreeMap<Long, Long>();
        long newest = 0;
        for (var one : writes.stream()
                .sorted(Comparator.comparingLong(Acknowledged::end))
                .toList()) {
            newest = Math.max(newest, one.revision);
            newestByEnd.put(one.end, newest);
        }
        return newestByEnd;
    }

    private void timeIsRespected() {
        var newestByEnd = newestByEnd(acknowledged);
        for (var one : acknowledged) {
            var earlier = newestByEnd.lowerEntry(one.start);
            if (earlier != null) {
                assertThat(one.revision).as("%s began after that was done", one).isGreaterThan(earlier.getValue());
            }
        }
    }

    private void readsAreFresh() {
        var newestOfKey = new HashMap<String, TreeMap<Long, Long>>();
        acknowledged.stream()
                .collect(Collectors.groupingBy(a -> a.write.key()))
                .forEach((key, writes) -> newestOfKey.put(key, newestByEnd(writes)));
        for (var read : reads) {
            var earlier = newestOfKey.getOrDefault(read.key, new TreeMap<>()).lowerEntry(read.start);
            long known = earlier == null ? 0 : earlier.getValue();
            if (read.revision > 0) {
                assertThat(read.revision).as("%s", read).isGreaterThanOrEqualTo(known);
            } else if (known > 0 && account.get(known).value() != null) {
                boolean deleted = byKey.get(read.key).tailMap(known, false).values().stream()
                        .anyMatch(what -> what.value() == null);
                assertThat(deleted || deletedAfter(read.key, known))
                        .as("%s did not find revision %d", read, known)
                        .isTrue();
            }
        }
    }

    private boolean deletedAfter(String key, long revision) {
        return byKey.get(key).tailMap(revision, true).keySet().stream().anyMatch(at -> deletedUnheard(key, at));
    }

    private void listIsOneMoment(Listed list) {
        for (var entry : list.page.entries()) {
            var newest = byKey.get(entry.key()).floorEntry(list.page.revision());
            assertThat(newest.getKey())
                    .as("%s in the list at %d", entry.key(), list.page.revision())
                    .isEqualTo(entry.revision());
        }
        for (var key : byKey.keySet()) {
            var newest = byKey.get(key).floorEntry(list.page.revision());
            boolean there = newest != null && newest.getValue().value() != null;
            if (key.startsWith(list.prefix) && there && !deletedUnheard(key, newest.getKey())) {
                assertThat(list.page.entries())
                        .as("the list at %d", list.page.revision())
                        .extracting(Entry::key)
                        .contains(key);
            }
        }
    }

    private void watchMissesNothing(Seen watch) {
        var expected = account.subMap(watch.from, false, watch.progress, true).entrySet().stream()
                .filter(e -> e.getValue().key().startsWith(watch.prefix))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(watch.events)
                .as("the watch of %s from %d to %d", watch.prefix, watch.from, watch.progress)
                .extracting(StoreEvent::revision)
                .isEqualTo(expected);
        for (var event : watch.events) {
            var key = event.key();
            var before = byKey.get(key).lowerEntry(event.revision());
            event.before().ifPresent(entry -> assertThat(entry.revision()).isEqualTo(before.getKey()));
            if (event.before().isEmpty() && before != null && before.getValue().value() != null) {
                assertThat(deletedUnheard(key, before.getKey()))
                        .as("before %s", event)
                        .isTrue();
            }
        }
    }

    private void nothingIsLost() {
        var there = new HashMap<String, Long>();
        assertThat(last).isNotNull();
        last.entries().forEach(entry -> there.put(entry.key(), entry.revision()));
        assertThat(last.revision())
                .isGreaterThanOrEqualTo(acknowledged.stream()
                        .mapToLong(Acknowledged::revision)
                        .max()
                        .orElse(1));
        byKey.forEach((key, history) -> {
            var newest = history.lastEntry();
            if (newest.getValue().value() != null && !deletedUnheard(key, newest.getKey())) {
                assertThat(there).as("in the end").containsEntry(key, newest.getKey());
            }
        });
    }
}
