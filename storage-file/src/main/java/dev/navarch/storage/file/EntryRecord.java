package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.storage.Entry;
import dev.navarch.storage.FoldedBytes;
import dev.navarch.storage.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * How an entry lies in the database. Its key is {@code k} and the store's key; its value is, big-endian: the revision at
 * which the key came to be, the revision of this value, the deadline in milliseconds since 1970 or 0 (8 bytes each), the
 * offset of the revision's digits or -1 (4 bytes), and the value. Of a folded value, the offset is taken from -3, and what
 * follows is the value's length in full and its checksum (4 bytes each) and the compressed value.
 */
final class EntryRecord {
    private static final int HEADER = 28;

    private static final int FOLDED = -3;

    /** All entries' keys begin with this. */
    static final byte ENTRY = 'k';

    private EntryRecord() {}

    static byte[] key(String key) {
        return ("k" + key).getBytes(UTF_8);
    }

    static byte[] value(Entry entry, Optional<Instant> expires) {
        return ByteBuffer.allocate(HEADER + entry.value().length)
                .putLong(entry.createRevision())
                .putLong(entry.revision())
                .putLong(expires.map(Instant::toEpochMilli).orElse(0L))
                .putInt(entry.revisionAt())
                .put(entry.value())
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

    static Journal.Kept read(byte[] key, byte[] value) throws IOException {
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
            var bytes = Arrays.copyOfRange(value, HEADER, value.length);
            entry = new Entry(name, bytes, revisionAt, createRevision, revision);
        }
        return new Journal.Kept(entry, expires == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expires)));
    }
}
