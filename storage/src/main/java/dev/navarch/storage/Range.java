package dev.navarch.storage;

/**
 * What to read.
 *
 * @param prefix keys that start with it; ends in {@code /}
 * @param after only keys that come after this one; empty for all
 * @param limit how many entries at most; 0 for all
 * @param revision as of which revision; 0 for the newest
 */
public record Range(String prefix, String after, int limit, long revision) {
    public static Range all(String prefix) {
        return new Range(prefix, "", 0, 0);
    }
}
