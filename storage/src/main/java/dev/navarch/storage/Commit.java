package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One accepted change on its way into a {@link Journal}.
 *
 * @param event what changes, with its revision
 * @param expires when the store is to delete the key by itself; empty for a deletion and for what stays
 * @param sealed the form in which the value is kept, without its revision, where that is another one
 */
public record Commit(StoreEvent event, Optional<Instant> expires, byte @Nullable [] sealed) {
    public Commit {
        requireNonNull(event);
        requireNonNull(expires);
    }

    public Commit(StoreEvent event, Optional<Instant> expires) {
        this(event, expires, null);
    }
}
