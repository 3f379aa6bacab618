package dev.navarch.storage;

import java.util.Optional;

/** A change of one key. */
public sealed interface StoreEvent {
    long revision();

    String key();

    /** The state before the change, if there was one. */
    Optional<Entry> before();

    /** The state after the change; of a deletion the last one. */
    Entry latest();

    /** Whether the key has the topic, or had it before the change, as far as is known. */
    default boolean isAbout(int topic) {
        return latest().isAbout(topic)
                || before().filter(old -> old.isAbout(topic)).isPresent();
    }

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

        @Override
        public Entry latest() {
            return now;
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

        @Override
        public Entry latest() {
            return last;
        }
    }
}
