package dev.navarch.storage;

/** One write. {@code expected} is the revision that the key's value must still have. */
public sealed interface Write {
    String key();

    /** Succeeds only if the key is absent. */
    record Create(String key, Draft draft) implements Write {}

    /** Succeeds only if the key's value still is that of {@code expected}. */
    record Update(String key, long expected, Draft draft) implements Write {}

    /** Likewise; the last value, with the deletion's revision spliced in, is what watchers are sent. */
    record Delete(String key, long expected) implements Write {}
}
