package dev.navarch.client;

/** One change seen by a watch. */
public sealed interface WatchEvent<T> {
    record Added<T>(T object) implements WatchEvent<T> {}

    record Modified<T>(T object) implements WatchEvent<T> {}

    /** Carries the last state. */
    record Deleted<T>(T object) implements WatchEvent<T> {}

    /** Nothing changed up to this version: a place to resume from. */
    record Bookmark<T>(String resourceVersion) implements WatchEvent<T> {}
}
