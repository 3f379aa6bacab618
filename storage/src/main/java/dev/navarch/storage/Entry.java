package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A value as it was committed at one revision. The bytes are shared by all readers and must not be changed. */
public final class Entry {
    private final String key;
    /** Written before {@link #value} is. */
    private int revisionAt;

    private final int topic;
    private final long createRevision;
    private final long revision;
    /** Bytes, or what they are folded to, or who may know them. */
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

    /** A draft that was written at {@code revision}. */
    public static Entry committed(String key, Draft draft, long createRevision, long revision) {
        return RevisionDigits.committed(key, draft, createRevision, revision);
    }

    /**
     * An entry that could not be read when it was met: readers try again, and fail as long as that does.
     *
     * @param reading gives the same entry in full, or throws {@link TransformException}
     */
    public static Entry unread(String key, Supplier<Entry> reading, long createRevision, long revision) {
        return new Entry(key, new Unread(reading), createRevision, revision);
    }

    private Entry(String key, Unread value, long createRevision, long revision) {
        this.key = requireNonNull(key);
        this.value = value;
        this.revisionAt = -1;
        this.topic = 0;
        this.createRevision = createRevision;
        this.revision = revision;
    }

    private record Unread(Supplier<Entry> reading) {}

    /** Whether it could not be read yet. */
    boolean isUnread() {
        return value instanceof Unread;
    }

    private Object read() {
        var held = value;
        return held instanceof Unread(var reading) ? read(reading) : held;
    }

    private synchronized Object read(Supplier<Entry> reading) {
        if (value instanceof Unread) {
            var full = reading.get();
            revisionAt = full.revisionAt();
            value = full.value();
        }
        return value;
    }

    public String key() {
        return key;
    }

    /**
     * The same array as long as somebody holds it.
     *
     * @throws TransformException if it can't be read where it is kept
     */
    public byte[] value() {
        var held = read();
        return held instanceof byte[] bytes ? bytes : ((FoldedBytes) held).open();
    }

    /** How many bytes the value has; 0 if that is not known. */
    public int length() {
        var held = value;
        return held instanceof Unread ? 0 : held instanceof byte[] bytes ? bytes.length : ((FoldedBytes) held).length();
    }

    /** CRC-32C of the value. */
    public int checksum() {
        var held = read();
        return held instanceof byte[] bytes ? FoldedBytes.checksum(bytes) : ((FoldedBytes) held).checksum();
    }

    public int revisionAt() {
        read();
        return revisionAt;
    }

    /** What the draft said that it is about; 0 if that isn't known. */
    public int topic() {
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
                && key.equals(entry.key)
                && (this == other || revisionAt() == entry.revisionAt() && value() == entry.value());
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
