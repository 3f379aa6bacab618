package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

/**
 * A value as it was committed at one revision. The bytes are shared by all readers and must not be changed.
 *
 * @param value the draft's bytes with the revision's decimal digits spliced in at {@code revisionAt}
 * @param revisionAt offset of those digits in {@code value}, or -1 if the draft asked for none
 * @param createRevision revision at which this key came to be (since it was last absent)
 * @param revision revision of this value
 */
public record Entry(String key, byte[] value, int revisionAt, long createRevision, long revision) {
    public Entry {
        requireNonNull(key);
        requireNonNull(value);
    }
}
