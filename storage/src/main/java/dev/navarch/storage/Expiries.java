package dev.navarch.storage;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The keys that are to be deleted by themselves, by deadline. Not safe for use by several threads. */
final class Expiries {
    private final Map<String, Expiry> byKey = new HashMap<>();
    private final TreeSet<Expiry> byDeadline =
            new TreeSet<>(Comparator.comparing(Expiry::deadline).thenComparing(Expiry::key));

    /** The keys that have a deadline. */
    Set<String> keys() {
        return Set.copyOf(byKey.keySet());
    }

    private record Expiry(Instant deadline, String key, long revision) {}

    /** Replaces what was known of a key. */
    void set(String key, long revision, Optional<Instant> deadline) {
        var old = byKey.remove(key);
        if (old != null) {
            byDeadline.remove(old);
        }
        if (deadline.isPresent()) {
            var expiry = new Expiry(deadline.get(), key, revision);
            byKey.put(key, expiry);
            byDeadline.add(expiry);
        }
    }

    /** The deletions that are due, oldest deadline first. */
    List<Write> due(Instant now) {
        var due = new ArrayList<Write>();
        for (var expiry : byDeadline) {
            if (expiry.deadline().isAfter(now)) {
                break;
            }
            due.add(new Write.Delete(expiry.key(), expiry.revision()));
        }
        return due;
    }

    /** When this value of a key is to be deleted. */
    Optional<Instant> of(Entry entry) {
        var expiry = byKey.get(entry.key());
        return expiry == null || expiry.revision() != entry.revision()
                ? Optional.empty()
                : Optional.of(expiry.deadline());
    }

    Optional<Instant> earliest() {
        return byDeadline.isEmpty()
                ? Optional.empty()
                : Optional.of(byDeadline.first().deadline());
    }
}
