package dev.navarch.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.SystemTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store on a file system of 24 MB. Needs root, to mount it. */
@Timeout(180)
class FullDiskIT {
    private static final String PODS = "/registry/core/pods/";

    @TempDir
    private Path disk;

    @TempDir
    private Path libraries;

    private boolean mounted;

    private static boolean run(String... command) throws Exception {
        var process = new ProcessBuilder(command).inheritIO().start();
        return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            run("umount", disk.toString());
        }
    }

    @Test
    void afterTheDiskIsFullWritesAreRefusedReadsGoOnAndNothingAcknowledgedIsLost() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount");
        mounted = run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString());
        assumeTrue(mounted, "a file system can be mounted");
        // What the library would take counts against no disk in earnest.
        Files.createSymbolicLink(Files.createDirectory(disk.resolve("store")).resolve("native"), libraries);
        var acknowledged = new ArrayList<Entry>();
        try (var time = new SystemTime();
                var store = FileStore.open(disk.resolve("store"), time)) {
            assertThatThrownBy(() -> fill(store, acknowledged)).isInstanceOf(StoreException.class);
            assertThat(acknowledged).isNotEmpty();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> store.write(new Write.Create(PODS + "a/small", new Draft(new byte[1], -1))))
                        .isInstanceOf(StoreException.class);
            }
            assertAll(acknowledged, store.range(Range.all(PODS)).entries());
            assertThat(store.revision()).isEqualTo(acknowledged.getLast().revision());
        }
        assertThat(run("mount", "-o", "remount,size=100m", disk.toString())).isTrue();
        try (var time = new SystemTime();
                var store = FileStore.open(disk.resolve("store"), time)) {
            var entries = store.range(Range.all(PODS)).entries();
            assertAll(acknowledged, entries.subList(0, acknowledged.size()));
            assertThat(entries.size()).isLessThanOrEqualTo(acknowledged.size() + 1);
            store.write(new Write.Create(PODS + "a/more", new Draft(new byte[1], -1)));
        }
    }

    private static void fill(FileStore store, List<Entry> acknowledged) {
        var random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            var bytes = new byte[20_000];
            random.nextBytes(bytes);
            var key = PODS + "a/%05d".formatted(i);
            var result = (WriteResult.Committed) store.write(new Write.Create(key, new Draft(bytes, -1)));
            acknowledged.add(result.entry());
        }
    }

    private static void assertAll(List<Entry> expected, List<Entry> found) {
        assertThat(found)
                .extracting(Entry::key)
                .isEqualTo(expected.stream().map(Entry::key).toList());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).value()).isEqualTo(expected.get(i).value());
        }
    }
}
