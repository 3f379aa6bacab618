package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.LiveFiles;
import dev.navarch.storage.Range;
import dev.navarch.storage.Retention;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreContract;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.Write;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest extends StoreContract {
    @TempDir
    private Path scratch;

    private Path directory;
    private int directories;

    @Override
    protected Store open(TimeSource time, Retention retention) {
        directory = scratch.resolve("store-" + directories++);
        return FileStore.open(directory, time, retention);
    }

    private void restart() {
        store.close();
        store = FileStore.open(directory, time);
    }

    @Test
    void everythingIsThereAfterARestart() throws Exception {
        var x = create(PODS + "a/x", "1");
        x = update(x, "2");
        var spliced = committed(store.write(new Write.Create(
                PODS + "a/y", new Draft("{\"rv\":\"\"}".getBytes(UTF_8), 7, Optional.of(Duration.ofMinutes(10))))));
        var gone = delete(create(PODS + "a/z", "1"));
        restart();
        assertThat(store.revision()).isEqualTo(gone.revision());
        var entries = store.range(Range.all(PODS)).entries();
        assertThat(entries).hasSize(2);
        assertSame(entries.get(0), x);
        assertSame(entries.get(1), spliced);
        store.watch(PODS, gone.revision()).close();
        assertThatThrownBy(() -> store.watch(PODS, gone.revision() - 1)).isInstanceOf(CompactedException.class);
        assertThat(update(x, "3").revision()).isEqualTo(gone.revision() + 1);
        time.advance(Duration.ofMinutes(10).minusMillis(1));
        assertThat(store.get(PODS + "a/y")).isPresent();
        restart();
        time.advance(Duration.ofMillis(1));
        assertThat(store.get(PODS + "a/y")).isEmpty();
    }

    @Test
    void whatWasFoldedIsFoldedAfterARestart() throws Exception {
        var text = ("{\"rv\":\"\",\"text\":\"" + "abc".repeat(20_000) + "\"}").getBytes(UTF_8);
        var draft = new Draft(text, 7, Optional.of(Duration.ofMinutes(10)));
        var kept = committed(store.write(new Write.Create(PODS + "a/kept", draft)));
        var changed = committed(store.write(new Write.Create(PODS + "a/changed", draft)));
        var whole = committed(store.write(new Write.Create(PODS + "a/whole", draft)));
        store.fold(kept);
        var newer = committed(store.write(new Write.Update(changed.key(), changed.revision(), draft)));
        store.fold(changed); // too late: another value has its place
        restart();
        var entries = store.range(Range.all(PODS)).entries();
        assertThat(entries).hasSize(3);
        assertSame(entries.get(0), newer);
        assertSame(entries.get(1), kept);
        assertSame(entries.get(2), whole);
        assertThat(entries.stream().map(e -> e.folded().isPresent())).containsExactly(false, true, false);
        var next = update(entries.get(1), "2");
        restart();
        assertSame(store.get(kept.key()).orElseThrow(), next);
        time.advance(Duration.ofMinutes(10));
        assertThat(store.get(whole.key())).isEmpty();
    }

    @Test
    void whatExpiredWhileItWasClosedVanishesWhenItIsOpened() throws Exception {
        store.write(new Write.Create(PODS + "a/x", new Draft(new byte[0], -1, Optional.of(Duration.ofMinutes(1)))));
        store.close();
        time.advance(Duration.ofMinutes(2));
        store = FileStore.open(directory, time);
        time.advance(Duration.ZERO);
        assertThat(store.get(PODS + "a/x")).isEmpty();
    }

    @Test
    void aSecondOpenerIsToldWhoHasIt() {
        assertThatThrownBy(() -> FileStore.open(directory, time))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(
                        "in use by process " + ProcessHandle.current().pid());
        create(PODS + "a/x", "1");
        restart();
        assertThat(store.get(PODS + "a/x")).isPresent();
    }

    @Test
    void aDirectoryOfAnotherFormatIsNotTouched() throws IOException {
        store.close();
        Files.writeString(directory.resolve("FORMAT"), "navarch-store 2\n");
        assertThatThrownBy(() -> FileStore.open(directory, time))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("navarch-store 2");
        Files.delete(directory.resolve("FORMAT"));
        assertThatThrownBy(() -> FileStore.open(directory, time))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("FORMAT");
        Files.writeString(directory.resolve("FORMAT"), "navarch-store 1\n");
        store = FileStore.open(directory, time);
    }

    @Test
    void theDirectoryIsForItsOwnerAlone() throws IOException {
        assertThat(Files.getPosixFilePermissions(directory)).hasSize(3);
    }

    @Test
    void aHalfWrittenTailIsCut() throws IOException {
        for (int i = 0; i < 50; i++) {
            create(PODS + "a/" + (100 + i), "x".repeat(1_000));
        }
        var copy = copyOfLiveFiles();
        var wal = writeAheadLog(copy);
        try (var file = FileChannel.open(wal, WRITE)) {
            file.truncate(file.size() - 300);
        }
        try (var cut = FileStore.open(copy, time)) {
            assertThat(cut.revision()).isEqualTo(50);
            assertThat(cut.range(Range.all(PODS)).entries()).hasSize(49);
            cut.write(new Write.Create(PODS + "a/more", draft("1")));
        }
        try (var again = FileStore.open(copy, time)) {
            assertThat(again.revision()).isEqualTo(51);
        }
    }

    @Test
    void zeroesAfterTheLastWriteAreIgnored() throws IOException {
        create(PODS + "a/x", "1");
        var copy = copyOfLiveFiles();
        Files.write(writeAheadLog(copy), new byte[5_000], APPEND);
        try (var opened = FileStore.open(copy, time)) {
            assertThat(opened.range(Range.all(PODS)).entries()).hasSize(1);
        }
    }

    @Test
    void aDamagedWriteBeforeOthersIsNotSilentlyDropped() throws IOException {
        for (int i = 0; i < 200; i++) {
            create(PODS + "a/" + (100 + i), "x".repeat(1_000));
        }
        var copy = copyOfLiveFiles();
        try (var file = FileChannel.open(writeAheadLog(copy), WRITE)) {
            file.write(UTF_8.encode("damage"), 40_500);
        }
        assertThatThrownBy(() -> FileStore.open(copy, time))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be opened");
    }

    @Test
    void withRelaxedDurabilityPowerLossTakesTheLastWritesButNoRevisionIsGivenTwice() throws IOException {
        var events = "/registry/core/events/";
        store.close();
        store = FileStore.open(directory, time, Retention.DEFAULT, Set.of(events));
        create(PODS + "a/x", "1");
        create(events + "a/first", "on disk, for it sets the ceiling");
        long onDisk = Files.size(writeAheadLog(directory));
        var lost = create(events + "a/second", "1");
        lost = update(lost, "2");
        var copy = copyOfLiveFiles();
        try (var file = FileChannel.open(writeAheadLog(copy), WRITE)) {
            file.truncate(onDisk);
        }
        try (var left = FileStore.open(copy, time)) {
            assertThat(left.range(Range.all("/registry/")).entries())
                    .extracting(Entry::key)
                    .containsExactly(events + "a/first", PODS + "a/x");
            assertThat(left.revision()).isGreaterThanOrEqualTo(lost.revision());
            assertThat(committed(left.write(new Write.Create(events + "a/third", draft("1"))))
                            .revision())
                    .isGreaterThan(lost.revision());
        }
        store.close();
        store = FileStore.open(directory, time, Retention.DEFAULT, Set.of(events));
        assertThat(store.revision()).as("after an orderly end").isEqualTo(lost.revision());
        assertThat(store.get(lost.key())).isPresent();
    }

    /** What a crash at this moment would leave. */
    private Path copyOfLiveFiles() throws IOException {
        var copy = scratch.resolve("copy");
        LiveFiles.copy(directory, copy);
        return copy;
    }

    /** The one that is written; another may still be there for a moment after a start. */
    private static Path writeAheadLog(Path store) throws IOException {
        try (var files = Files.list(store.resolve("db"))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static void assertSame(Entry one, Entry other) {
        assertThat(one.value()).isEqualTo(other.value());
        assertThat(new Entry(one.key(), other.value(), one.revisionAt(), one.createRevision(), one.revision()))
                .isEqualTo(other);
    }
}
