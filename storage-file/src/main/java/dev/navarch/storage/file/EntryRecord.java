package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.FoldedBytes;
import dev.navarch.storage.Journal;
import dev.navarch.storage.TransformException;
import dev.navarch.storage.ValueTransformer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How an entry lies in the database. Its key is {@code k} and the store's key; its value is, big-endian: the revision at
 * which the key came to be, the revision of this value, the deadline in milliseconds since 1970 or 0 (8 bytes each), the
 * offset of the revision's digits or -1 (4 bytes), and the value. Of a folded value, the offset is taken from -3, and what
 * follows is the value's length in full and its checksum (4 bytes each) and the compressed value.
 *
 * <p>A value that is sealed begins with {@link ValueTransformer#PREFIX} and lies there without its revision's digits.
 */
final class EntryRecord {
    private static final Logger log = LoggerFactory.getLogger(EntryRecord.class);
    private static final int HEADER = 28;

    private static final int FOLDED = -3;

    /** All entries' keys begin with this. */
    static final byte ENTRY = 'k';

    private EntryRecord() {}

    /** What a record says of its value. */
    private record At(String key, int revisionAt, long createRevision, long revision) {
        Entry read(byte[] stored, ValueTransformer values) {
            try {
                return opened(stored, values);
            } catch (TransformException e) {
                log.warn("A value can't be read now: {}", e.getMessage());
                return Entry.unread(key, () -> opened(stored, values), createRevision, revision);
            }
        }

        private Entry opened(byte[] stored, ValueTransformer values) {
            var bytes = values.open(key, key, stored);
            return ValueTransformer.sealed(stored)
                    ? Entry.committed(key, new Draft(bytes, revisionAt), createRevision, revision)
                    : new Entry(key, bytes, revisionAt, createRevision, revision);
        }
    }

    static byte[] key(String key) {
        return ("k" + key).getBytes(UTF_8);
    }

    /** @param sealed the form in which the value is to lie there, if not as it is */
    static byte[] value(Entry entry, Optional<Instant> expires, byte @Nullable [] sealed) {
        var value = sealed == null ? entry.value() : sealed;
        return ByteBuffer.allocate(HEADER + value.length)
                .putLong(entry.createRevision())
                .putLong(entry.revision())
                .putLong(expires.map(Instant::toEpochMilli).orElse(0L))
                .putInt(entry.revisionAt())
                .put(value)
                .array();
    }

    /** The record of a folded entry, made from the one that is there. */
    static byte[] folded(byte[] there, Entry entry, FoldedBytes value) {
        return ByteBuffer.allocate(HEADER + 2 * Integer.BYTES + value.compressed().length)
                .put(there, 0, HEADER - Integer.BYTES)
                .putInt(FOLDED - entry.revisionAt())
                .putInt(value.length())
                .putInt(value.checksum())
                .put(value.compressed())
                .array();
    }

    /** Whether the record is that of an entry in full. */
    static boolean isOf(byte[] record, Entry entry) {
        return record.length == HEADER + entry.length()
                && ByteBuffer.wrap(record).getLong(Long.BYTES) == entry.revision();
    }

    /** The value as it lies there. */
    static byte[] stored(byte[] record) {
        return Arrays.copyOfRange(record, HEADER, record.length);
    }

    static Journal.Kept read(byte[] key, byte[] value, ValueTransformer values) throws IOException {
        if (value.length < HEADER) {
            throw new IOException("the record of " + new String(key, UTF_8) + " is too short");
        }
        var in = ByteBuffer.wrap(value);
        long createRevision = in.getLong();
        long revision = in.getLong();
        long expires = in.getLong();
        int revisionAt = in.getInt();
        var name = new String(key, 1, key.length - 1, UTF_8);
        Entry entry;
        if (revisionAt <= FOLDED + 1 && in.remaining() >= 2 * Integer.BYTES) {
            int length = in.getInt();
            int checksum = in.getInt();
            var compressed = Arrays.copyOfRange(value, in.position(), value.length);
            var folded = new FoldedBytes(compressed, length, checksum);
            entry = new Entry(name, folded, FOLDED - revisionAt, createRevision, revision);
        } else {
            var at = new At(name, revisionAt, createRevision, revision);
            entry = at.read(stored(value), values);
        }
        return new Journal.Kept(entry, expires == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expires)));
    }
}
