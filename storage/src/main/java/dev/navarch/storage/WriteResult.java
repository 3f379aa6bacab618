package dev.navarch.storage;

import java.util.Optional;

/** What became of a write. Losing a race is an expected outcome, not an error. */
public sealed interface WriteResult {
    /** Committed. For a deletion, {@code entry} is the last value carrying the deletion's revision. */
    record Committed(Entry entry) implements WriteResult {}

    /** Refused, because the key is in another state than expected; nothing changed. */
    record Stale(Optional<Entry> current) implements WriteResult {}
}
