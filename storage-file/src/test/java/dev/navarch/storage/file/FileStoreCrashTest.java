package dev.navarch.storage.file;

import static java.nio.file.StandardOpenOption.WRITE;

import dev.navarch.storage.Breakable;
import dev.navarch.storage.Commit;
import dev.navarch.storage.CrashHistory;
import dev.navarch.storage.Journal;
import dev.navarch.storage.LiveFiles;
import dev.navarch.storage.Retention;
import dev.navarch.storage.Store;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random histories over crashes of the file engine around each step of a commit. */
class FileStoreCrashTest {
    @TempDir
    private Path scratch;

    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatWasAcknowledgedSurvivesCrashes() throws Exception {
        try (var time = new SystemTime();
                var store = new Crashing(scratch, time)) {
            CrashHistory.run(store, new Random().nextLong(), Duration.ofSeconds(6));
        }
    }

    /**
     * A crash is a copy of the files as they are at that moment, on which the next store is opened; the old one is told
     * that its disk failed, and closed.
     */
    private static final class Crashing implements Breakable {
        private final Path scratch;
        private final SystemTime time;
        private final Random random = new Random(11);
        private int lives;
        private volatile Path directory;
        private volatile FileStore store;
        /** The point to crash at, or empty. */
        private volatile String fault = "";

        private volatile CountDownLatch crashed = new CountDownLatch(1);

        Crashing(Path scratch, SystemTime time) {
            this.scratch = scratch;
            this.time = time;
            directory = scratch.resolve("life-0");
            store = open();
        }

        private FileStore open() {
            return FileStore.open(
                    directory,
                    time,
                    Retention.DEFAULT,
                    Set.of("/registry/core/nodes/"),
                    ValueTransformer.PLAIN,
                    Faulty::new);
        }

        @Override
        public Store store(int client) {
            return store;
        }

        @Override
        public List<String> faults() {
            return List.of("before the append", "torn append", "after the append", "between appends");
        }

        @Override
        public void breakAt(String point) {
            fault = point;
        }

        @Override
        public void recover() throws Exception {
            if (fault.isEmpty()) {
                return;
            }
            if (crashed.getCount() > 0) {
                // No write came since.
                fault = "";
                copy();
            }
            crashed = new CountDownLatch(1);
            fault = "";
            var old = store;
            directory = scratch.resolve("life-" + lives);
            store = open();
            old.close();
        }

        private void copy() throws IOException {
            LiveFiles.copy(directory, scratch.resolve("life-" + (lives + 1)));
            lives++;
        }

        private Path writeAheadLog(Path of) throws IOException {
            try (var files = Files.list(of.resolve("db"))) {
                return files.filter(file -> file.toString().endsWith(".log"))
                        .max(Comparator.naturalOrder())
                        .orElseThrow();
            }
        }

        @Override
        public void close() {
            store.close();
        }

        private final class Faulty implements Journal {
            private final Journal journal;

            Faulty(Journal journal) {
                this.journal = journal;
            }

            @Override
            public Contents load() throws IOException {
                return journal.load();
            }

            @Override
            public void append(List<Commit> commits) throws IOException {
                switch (fault) {
                    case "before the append" -> {
                        copy();
                        crash();
                    }
                    case "torn append" -> {
                        long whole = Files.size(writeAheadLog(directory));
                        journal.append(commits);
                        copy();
                        var log = writeAheadLog(scratch.resolve("life-" + lives));
                        try (var file = FileChannel.open(log, WRITE)) {
                            file.truncate(whole + random.nextLong(Math.max(1, file.size() - whole)));
                        }
                        crash();
                    }
                    case "after the append" -> {
                        journal.append(commits);
                        copy();
                        crash();
                    }
                    default -> journal.append(commits);
                }
            }

            private void crash() throws IOException {
                crashed.countDown();
                throw new IOException("crashed: " + fault);
            }

            @Override
            public void close() {
                journal.close();
            }
        }
    }
}
