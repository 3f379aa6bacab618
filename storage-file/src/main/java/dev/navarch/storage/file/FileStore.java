package dev.navarch.storage.file;

import dev.navarch.storage.Entry;
import dev.navarch.storage.JournaledStore;
import dev.navarch.storage.Page;
import dev.navarch.storage.Range;
import dev.navarch.storage.Retention;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.Watch;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A store in one directory that one process at a time uses. A write that was acknowledged survives {@code kill -9} and
 * power loss; a half-written tail is cut when it is opened. All values are also in memory, so reads never touch the
 * disk.
 *
 * <p>The directory holds {@code FORMAT} (the version of the layout), {@code lock}, {@code db} (a RocksDB database, see
 * {@link RocksJournal}) and {@code native} (RocksDB's library).
 */
public final class FileStore implements Store {
    private final JournaledStore store;
    private final StoreDirectory directory;

    private FileStore(JournaledStore store, StoreDirectory directory) {
        this.store = store;
        this.directory = directory;
    }

    /**
     * Opens the store in a directory and creates both if they are not there.
     *
     * @throws StoreException if another process has it open, if a newer version wrote it, or if it can't be read
     */
    public static FileStore open(Path directory, TimeSource time) {
        return open(directory, time, Retention.DEFAULT);
    }

    /** Likewise, with a retention of history of one's own. */
    public static FileStore open(Path directory, TimeSource time, Retention retention) {
        var opened = StoreDirectory.open(directory);
        try {
            var journal = RocksJournal.open(opened);
            try {
                return new FileStore(new JournaledStore(journal, time, retention), opened);
            } catch (IOException | RuntimeException e) {
                journal.close();
                throw e;
            }
        } catch (IOException e) {
            opened.close();
            throw new StoreException("the store in " + directory + " can't be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    @Override
    public long revision() {
        return store.revision();
    }

    @Override
    public long compactedRevision() {
        return store.compactedRevision();
    }

    @Override
    public Optional<Entry> get(String key) {
        return store.get(key);
    }

    @Override
    public Page range(Range range) {
        return store.range(range);
    }

    @Override
    public WriteResult write(Write write) {
        return store.write(write);
    }

    @Override
    public Watch watch(String prefix, long after) {
        return store.watch(prefix, after);
    }

    @Override
    public void compact(long revision) {
        store.compact(revision);
    }

    @Override
    public void close() {
        store.close();
        directory.close();
    }
}
