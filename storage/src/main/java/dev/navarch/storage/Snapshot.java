package dev.navarch.storage;

/** The whole map as of one revision. */
record Snapshot(long revision, EntryTree tree) {}
