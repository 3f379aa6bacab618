package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A value as it was committed at one revision. The bytes are shared by all readers and must not be changed. */
public final class Entry {
    private final String key;
    private final int revisionAt;
    private final int topic;
    private final long createRevision;
    private final long revision;
    /** Bytes, or what they are folded to. */
    private volatile Object value;

    /**
     * @param value the draft's bytes with the revision's decimal digits spliced in at {@code revisionAt}
     * @param revisionAt offset of those digits in {@code value}, or -1 if the draft asked for none
     * @param createRevision revision at which this key came to be (since it was last absent)
     * @param revision revision of this value
     */
    public Entry(String key, byte[] value, int revisionAt, long createRevision, long revision) {
        this(key, value, revisionAt, 0, createRevision, revision);
    }

    /** @param topic the draft's; 0 if it isn't known */
    Entry(String key, byte[] value, int revisionAt, int topic, long createRevision, long revision) {
        this.key = requireNonNull(key);
        this.value = requireNonNull(value);
        this.revisionAt = revisionAt;
        this.topic = topic;
        this.createRevision = createRevision;
        this.revision = revision;
    }

    /** An entry that was {@link #fold folded} in an earlier life. */
    public Entry(String key, FoldedBytes value, int revisionAt, long createRevision, long revision) {
        this.key = requireNonNull(key);
        this.value = requireNonNull(value);
        this.revisionAt = revisionAt;
        this.topic = 0;
        this.createRevision = createRevision;
        this.revision = revision;
    }

    public String key() {
        return key;
    }

    /** The same array as long as somebody holds it. */
    public byte[] value() {
        var held = value;
        return held instanceof byte[] bytes ? bytes : ((FoldedBytes) held).open();
    }

    /** How many bytes the value has. */
    public int length() {
        var held = value;
        return held instanceof byte[] bytes ? bytes.length : ((FoldedBytes) held).length();
    }

    /** CRC-32C of the value. */
    public int checksum() {
        var held = value;
        return held instanceof byte[] bytes ? FoldedBytes.checksum(bytes) : ((FoldedBytes) held).checksum();
    }

    public int revisionAt() {
        return revisionAt;
    }

    int topic() {
        return topic;
    }

    /** Whether this has the topic, as far as is known. */
    boolean isAbout(int what) {
        return topic == 0 || topic == what;
    }

    public long createRevision() {
        return createRevision;
    }

    public long revision() {
        return revision;
    }

    /**
     * Keeps a long value compressed from now on.
     *
     * @return whether it was not already
     */
    boolean fold() {
        if (value instanceof byte[] bytes && bytes.length >= FoldedBytes.LEAST) {
            value = FoldedBytes.of(bytes);
            return true;
        }
        return false;
    }

    /** The value as it is kept, if it is folded. */
    public Optional<FoldedBytes> folded() {
        return value instanceof FoldedBytes folded ? Optional.of(folded) : Optional.empty();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Entry entry
                && revision == entry.revision
                && createRevision == entry.createRevision
                && revisionAt == entry.revisionAt
                && key.equals(entry.key)
                && value() == entry.value();
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Long.hashCode(revision);
    }

    @Override
    public String toString() {
        return key + "@" + revision;
    }
}
