package dev.navarch.storage;

import java.util.List;

/**
 * The answer to a range.
 *
 * @param revision the snapshot's revision
 * @param remaining how many entries of the range follow after this page
 */
public record Page(List<Entry> entries, long revision, long remaining) {}
