package dev.navarch.storage.file;

import dev.navarch.storage.Journal;
import dev.navarch.storage.JournaledStore;
import dev.navarch.storage.Retention;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A store in one directory that one process at a time uses. A write that was acknowledged survives {@code kill -9} and
 * power loss; a half-written tail is cut when it is opened. All values are also in memory, so reads never touch the
 * disk.
 *
 * <p>The directory holds {@code FORMAT} (the version of the layout), {@code lock}, {@code db} (a RocksDB database, see
 * {@link RocksJournal}) and {@code native} (RocksDB's library).
 */
public final class FileStore extends JournaledStore {
    private FileStore(Journal journal, TimeSource time, Retention retention) throws IOException {
        super(journal, time, retention);
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
        return open(directory, time, retention, Set.of());
    }

    /**
     * Likewise, with relaxed durability for some keys: a write of theirs is not waited for until it is on disk. It
     * survives the end of the process; a loss of power may take the last ones.
     *
     * @param relaxed what these keys begin with
     */
    public static FileStore open(Path directory, TimeSource time, Retention retention, Set<String> relaxed) {
        return open(directory, time, retention, relaxed, ValueTransformer.PLAIN);
    }

    /**
     * Likewise, with values that lie on disk in another form.
     *
     * @param values how they are sealed and opened; values that can't be opened now are there, but can't be read
     */
    public static FileStore open(
            Path directory, TimeSource time, Retention retention, Set<String> relaxed, ValueTransformer values) {
        return open(directory, time, retention, relaxed, values, journal -> journal);
    }

    /** @param around what is put around the journal, to let it fail */
    static FileStore open(
            Path directory,
            TimeSource time,
            Retention retention,
            Set<String> relaxed,
            ValueTransformer values,
            UnaryOperator<Journal> around) {
        var opened = StoreDirectory.open(directory);
        Journal journal;
        try {
            journal = around.apply(RocksJournal.open(opened, Set.copyOf(relaxed), values));
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw unopened(directory, e);
        }
        try {
            return new FileStore(journal, time, retention);
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw unopened(directory, e);
        }
    }

    private static RuntimeException unopened(Path directory, Exception e) {
        return e instanceof RuntimeException runtime
                ? runtime
                : new StoreException("the store in " + directory + " can't be opened: " + e.getMessage(), e);
    }
}
