package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;

/**
 * One accepted change on its way into a {@link Journal}.
 *
 * @param event what changes, with its revision
 * @param expires when the store is to delete the key by itself; empty for a deletion and for what stays
 */
public record Commit(StoreEvent event, Optional<Instant> expires) {
    public Commit {
        requireNonNull(event);
        requireNonNull(expires);
    }
}
