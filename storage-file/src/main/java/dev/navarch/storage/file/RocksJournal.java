package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.storage.Commit;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Journal;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.ValueTransformer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal in RocksDB: the newest value of each key and the newest revision, each group of changes one atomic batch
 * that is on disk before {@link #append} returns. Nothing is read after it was loaded, so caches are as small as can be.
 *
 * <p>Changes of keys with relaxed durability are on their way to the disk when {@code append} returns: they survive the
 * end of the process, but a loss of power may take the latest of them. Their revisions are not given out again: before
 * the first of them is, a higher one is on disk, where counting goes on after a crash.
 */
final class RocksJournal implements Journal {
    private static final Logger log = LoggerFactory.getLogger(RocksJournal.class);
    private static final byte[] REVISION = "mrevision".getBytes(UTF_8);
    /** Revisions up to this one may have been given out; absent after an orderly end. */
    private static final byte[] CEILING = "mceiling".getBytes(UTF_8);
    /** How far ahead the ceiling is set. */
    private static final long HEADROOM = 10_000;

    /** The larger, the seldomer what was written is merged, which would cost more than to write it; and the longer a start. */
    private static final long WRITE_BUFFER = 32L << 20;

    private final StoreDirectory directory;
    private final LRUCache cache;
    private final Options options;
    private final WriteOptions durable;
    private final WriteOptions hasty = new WriteOptions();
    private final RocksDB db;
    private final Set<String> relaxed;
    private final ValueTransformer values;
    private long ceiling;

    private RocksJournal(
            StoreDirectory directory,
            LRUCache cache,
            Options options,
            WriteOptions durable,
            RocksDB db,
            Set<String> relaxed,
            ValueTransformer values) {
        this.directory = directory;
        this.cache = cache;
        this.options = options;
        this.durable = durable;
        this.db = db;
        this.relaxed = relaxed;
        this.values = values;
    }

    /**
     * @param directory is the journal's from now on, and closed with it
     * @param relaxed keys that begin with one of these need not be on disk
     * @param values how values lie on disk
     */
    static RocksJournal open(StoreDirectory directory, Set<String> relaxed, ValueTransformer values)
            throws IOException {
        RocksLibrary.load(directory.libraries());
        Files.createDirectories(directory.database());
        var cache = new LRUCache(1L << 20);
        var options = options(cache);
        try {
            var db = RocksDB.open(options, directory.database().toString());
            return new RocksJournal(directory, cache, options, new WriteOptions().setSync(true), db, relaxed, values);
        } catch (RocksDBException e) {
            options.close();
            cache.close();
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Options options(LRUCache cache) {
        return new Options()
                .setCreateIfMissing(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setWriteBufferSize(WRITE_BUFFER)
                .setMaxWriteBufferNumber(3)
                .setMaxTotalWalSize(2 * WRITE_BUFFER)
                .setCompactionStyle(CompactionStyle.UNIVERSAL)
                .setLevel0FileNumCompactionTrigger(12)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(64)
                .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache))
                .setInfoLogLevel(InfoLogLevel.ERROR_LEVEL)
                .setKeepLogFileNum(1)
                .setMaxLogFileSize(1L << 20)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    @Override
    public Contents load() throws IOException {
        try (var reading = new ReadOptions()
                        .setVerifyChecksums(true)
                        .setFillCache(false)
                        .setReadaheadSize(1L << 20);
                var entries = db.newIterator(reading)) {
            ceiling = number(CEILING, 0);
            long revision = Math.max(number(REVISION, 1), ceiling);
            var kept = new ArrayList<Kept>();
            for (entries.seek(new byte[] {EntryRecord.ENTRY}); entries.isValid(); entries.next()) {
                var key = entries.key();
                if (key[0] != EntryRecord.ENTRY) {
                    break;
                }
                kept.add(read(key, entries.value(), revision));
            }
            entries.status();
            return new Contents(revision, kept);
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private long number(byte[] key, long otherwise) throws RocksDBException {
        var value = db.get(key);
        return value == null ? otherwise : ByteBuffer.wrap(value).getLong();
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    private Kept read(byte[] key, byte[] value, long newest) throws IOException {
        var kept = EntryRecord.read(key, value, values);
        if (kept.entry().revision() > newest) {
            throw new IOException("the record of " + kept.entry().key() + " is of revision "
                    + kept.entry().revision() + ", which is newer than the store's " + newest);
        }
        return kept;
    }

    @Override
    public void append(List<Commit> commits) throws IOException {
        try (var batch = new WriteBatch()) {
            for (var commit : commits) {
                switch (commit.event()) {
                    case StoreEvent.Put(var now, var _) ->
                        batch.put(
                                EntryRecord.key(now.key()), EntryRecord.value(now, commit.expires(), commit.sealed()));
                    case StoreEvent.Delete(var last, var _) -> batch.delete(EntryRecord.key(last.key()));
                }
            }
            long revision = commits.getLast().event().revision();
            batch.put(REVISION, number(revision));
            boolean waits = !allRelaxed(commits);
            if (!waits && revision > ceiling) {
                ceiling = revision + HEADROOM;
                batch.put(CEILING, number(ceiling));
                waits = true;
            }
            db.write(waits ? durable : hasty, batch);
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private boolean allRelaxed(List<Commit> commits) {
        if (relaxed.isEmpty()) {
            return false;
        }
        for (var commit : commits) {
            var key = commit.event().key();
            if (relaxed.stream().noneMatch(key::startsWith)) {
                return false;
            }
        }
        return true;
    }

    /** What is sealed stays as it is: compressed, it would have to be sealed once more. */
    @Override
    public void fold(Entry entry) throws IOException {
        var folded = entry.folded();
        var key = EntryRecord.key(entry.key());
        try {
            var there = db.get(key);
            boolean plain = there != null && !ValueTransformer.sealed(EntryRecord.stored(there));
            if (folded.isPresent() && plain && EntryRecord.isOf(there, entry)) {
                db.put(hasty, key, EntryRecord.folded(there, entry, folded.get()));
            }
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public ValueTransformer values() {
        return values;
    }

    @Override
    public boolean stale(Entry entry) throws IOException {
        try {
            var there = db.get(EntryRecord.key(entry.key()));
            return there != null && values.stale(entry.key(), entry.key(), EntryRecord.stored(there));
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (ceiling > 0) {
            try {
                db.delete(durable, CEILING);
            } catch (RocksDBException e) {
                log.warn("The store could not be closed in order; its revisions will skip some: {}", e.getMessage());
            }
        }
        db.close();
        hasty.close();
        durable.close();
        options.close();
        cache.close();
        directory.close();
    }
}
