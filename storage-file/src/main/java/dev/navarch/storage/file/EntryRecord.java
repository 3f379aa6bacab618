package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.storage.Entry;
import dev.navarch.storage.Journal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * How an entry lies in the database. Its key is {@code k} and the store's key; its value is, big-endian: the revision at
 * which the key came to be, the revision of this value, the deadline in milliseconds since 1970 or 0 (8 bytes each), the
 * offset of the revision's digits or -1 (4 bytes), and the value.
 */
final class EntryRecord {
    private static final int HEADER = 28;

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

    static Journal.Kept read(byte[] key, byte[] value) throws IOException {
        if (value.length < HEADER) {
            throw new IOException("the record of " + new String(key, UTF_8) + " is too short");
        }
        var in = ByteBuffer.wrap(value);
        long createRevision = in.getLong();
        long revision = in.getLong();
        long expires = in.getLong();
        int revisionAt = in.getInt();
        var bytes = Arrays.copyOfRange(value, HEADER, value.length);
        var entry = new Entry(new String(key, 1, key.length - 1, UTF_8), bytes, revisionAt, createRevision, revision);
        return new Journal.Kept(entry, expires == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expires)));
    }
}
