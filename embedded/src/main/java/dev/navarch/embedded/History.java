package dev.navarch.embedded;

import dev.navarch.client.Json;
import dev.navarch.storage.Entry;
import dev.navarch.storage.StoreState;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.node.MissingNode;

/**
 * The last changes of all objects, and whose they were. Keeps what it can of them in bounded memory, of one object no more than
 * the last thousand, so that what is renewed all the time doesn't push out the rest.
 */
final class History {
    /** The request that the current thread serves. */
    static final ScopedValue<ApiCall> WRITER = ScopedValue.newInstance();

    private static final long MOST_BYTES = 24L << 20;
    /** What a change takes beside the object. */
    private static final int OVERHEAD = 512;

    private static final int MOST_OF_ONE = 1000;

    /** By their numbers, oldest first. */
    private final SequencedMap<Long, Change> changes = new LinkedHashMap<>();

    /** The numbers of each object's changes that are kept. */
    private final Map<String, Deque<Long>> ofKeys = new HashMap<>();

    private long added;
    private long bytes;

    /** @param entry what was written, or was deleted */
    record Change(Instant at, Optional<ApiCall> by, Entry entry, boolean deleted, Optional<Entry> before) {}

    /** @param earlier what is known of the time before */
    History(List<Change> earlier) {
        earlier.forEach(this::add);
    }

    /** That all of a state was created at once, by the server itself. */
    static List<Change> begun(StoreState state, Instant at) {
        return state.entries().stream()
                .map(entry -> new Change(at, Optional.empty(), entry, false, Optional.empty()))
                .toList();
    }

    synchronized void add(Change change) {
        changes.put(++added, change);
        bytes += size(change);
        var ofKey = ofKeys.computeIfAbsent(change.entry.key(), _ -> new ArrayDeque<>());
        ofKey.addLast(added);
        if (ofKey.size() > MOST_OF_ONE) {
            forget(changes.remove(ofKey.getFirst()));
        }
        while (bytes > MOST_BYTES) {
            forget(changes.pollFirstEntry().getValue());
        }
    }

    /** Of those of its object it is the oldest. */
    private void forget(Change change) {
        bytes -= size(change);
        var ofKey = ofKeys.get(change.entry.key());
        ofKey.removeFirst();
        if (ofKey.isEmpty()) {
            ofKeys.remove(change.entry.key());
        }
    }

    private static long size(Change change) {
        return change.entry.value().length + OVERHEAD;
    }

    synchronized List<Change> all() {
        return List.copyOf(changes.values());
    }

    /** What is known of the time after a revision. */
    synchronized List<Change> after(long revision) {
        return changes.values().stream()
                .filter(change -> change.entry.revision() > revision)
                .toList();
    }

    /** Of one key, oldest first. */
    List<Revision> of(String key) {
        List<Revision> revisions = new ArrayList<>();
        for (var change : all()) {
            if (change.entry.key().equals(key)) {
                var now = Json.mapper().readTree(change.entry.value());
                var before = change.before.isPresent()
                        ? Json.mapper().readTree(change.before.get().value())
                        : MissingNode.getInstance();
                revisions.add(new Revision(
                        change.entry.revision(),
                        change.at,
                        change.by,
                        new ClusterObject(now),
                        change.deleted,
                        change.deleted ? List.of() : Diff.between(before, now)));
            }
        }
        return revisions;
    }
}
