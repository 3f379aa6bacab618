package dev.navarch.storage;

import java.util.Optional;

/** A change of one key. */
public sealed interface StoreEvent {
    long revision();

    String key();

    /** The state before the change, if there was one. */
    Optional<Entry> before();

    /** Created ({@code before} is empty) or updated. */
    record Put(Entry now, Optional<Entry> before) implements StoreEvent {
        @Override
        public long revision() {
            return now.revision();
        }

        @Override
        public String key() {
            return now.key();
        }
    }

    /** Deleted; {@code last} is the last value with the deletion's revision spliced in. */
    record Delete(Entry last, Optional<Entry> before) implements StoreEvent {
        @Override
        public long revision() {
            return last.revision();
        }

        @Override
        public String key() {
            return last.key();
        }
    }
}
