package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.storage.Commit;
import dev.navarch.storage.Journal;
import dev.navarch.storage.StoreEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A journal in RocksDB: the newest value of each key and the newest revision, each group of changes one atomic batch
 * that is on disk before {@link #append} returns. Nothing is read after it was loaded, so caches are as small as can be.
 */
final class RocksJournal implements Journal {
    private static final byte[] REVISION = "mrevision".getBytes(UTF_8);

    private final StoreDirectory directory;
    private final LRUCache cache;
    private final Options options;
    private final WriteOptions durable;
    private final RocksDB db;

    private RocksJournal(StoreDirectory directory, LRUCache cache, Options options, WriteOptions durable, RocksDB db) {
        this.directory = directory;
        this.cache = cache;
        this.options = options;
        this.durable = durable;
        this.db = db;
    }

    /** @param directory is the journal's from now on, and closed with it */
    static RocksJournal open(StoreDirectory directory) throws IOException {
        RocksLibrary.load(directory.libraries());
        Files.createDirectories(directory.database());
        var cache = new LRUCache(1L << 20);
        var options = options(cache);
        try {
            var db = RocksDB.open(options, directory.database().toString());
            return new RocksJournal(directory, cache, options, new WriteOptions().setSync(true), db);
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
                .setWriteBufferSize(8L << 20)
                .setMaxWriteBufferNumber(3)
                .setMaxTotalWalSize(64L << 20)
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
            var newest = db.get(REVISION);
            long revision = newest == null ? 1 : ByteBuffer.wrap(newest).getLong();
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

    private static Kept read(byte[] key, byte[] value, long newest) throws IOException {
        var kept = EntryRecord.read(key, value);
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
                        batch.put(EntryRecord.key(now.key()), EntryRecord.value(now, commit.expires()));
                    case StoreEvent.Delete(var last, var _) -> batch.delete(EntryRecord.key(last.key()));
                }
            }
            long revision = commits.getLast().event().revision();
            batch.put(
                    REVISION, ByteBuffer.allocate(Long.BYTES).putLong(revision).array());
            db.write(durable, batch);
        } catch (RocksDBException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        db.close();
        durable.close();
        options.close();
        cache.close();
        directory.close();
    }
}
