package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.SystemTime;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An acknowledged write survives {@code kill -9}. */
class KillTest {
    private static final int ROUNDS = 4;

    @TempDir
    private Path directory;

    /** Writes until it is killed; prints each write's key and revision once it is acknowledged. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws InterruptedException {
            var store = FileStore.open(Path.of(arguments[0]), new SystemTime());
            for (int i = 0; i < 8; i++) {
                var key = "/registry/core/pods/" + i + "/x";
                Thread.ofPlatform().start(() -> write(store, key));
            }
        }

        private static void write(FileStore store, String key) {
            var old = store.get(key);
            while (true) {
                var draft = new Draft(("value of " + key + " " + "x".repeat(1_500)).getBytes(UTF_8), 0);
                var before = old;
                var write = before.isEmpty()
                        ? new Write.Create(key, draft)
                        : before.get().revision() % 7 == 0
                                ? new Write.Delete(key, before.get().revision())
                                : new Write.Update(key, before.get().revision(), draft);
                var result = (WriteResult.Committed) store.write(write);
                System.out.println(key + " " + result.entry().revision() + " " + (write instanceof Write.Delete));
                old = write instanceof Write.Delete ? Optional.empty() : Optional.of(result.entry());
            }
        }
    }

    private record Acknowledged(long revision, boolean deleted) {}

    @Test
    @Timeout(300)
    void acknowledgedWritesAreThereAfterEveryKill() throws Exception {
        var random = new Random(42);
        var acknowledged = new HashMap<String, Acknowledged>();
        long newest = 1;
        for (int round = 0; round < ROUNDS; round++) {
            int lines = 200 + random.nextInt(3_000);
            newest = Math.max(newest, writeAndKill(lines, acknowledged));
            try (var store = FileStore.open(directory.resolve("store"), new SystemTime())) {
                assertThat(store.revision()).isGreaterThanOrEqualTo(newest);
                acknowledged.forEach((key, write) -> {
                    long found = store.get(key).map(Entry::revision).orElse(0L);
                    if (write.deleted()) {
                        assertThat(found == 0 || found > write.revision())
                                .as(key + " " + write)
                                .isTrue();
                    } else if (found == 0) {
                        // One more write may have happened without its acknowledgement: a deletion, of every 7th.
                        assertThat(write.revision() % 7).as(key + " " + write).isZero();
                    } else {
                        assertThat(found).as(key).isGreaterThanOrEqualTo(write.revision());
                    }
                });
                newest = store.revision();
            }
        }
        assertThat(directory.resolve("tmp")).isEmptyDirectory();
    }

    private long writeAndKill(int lines, HashMap<String, Acknowledged> acknowledged) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        directory.resolve("store").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long newest = 0;
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            int read = 0;
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                var parts = line.split(" ");
                if (parts.length == 3 && (parts[2].equals("true") || parts[2].equals("false"))) {
                    long revision = Long.parseLong(parts[1]);
                    acknowledged.put(parts[0], new Acknowledged(revision, parts[2].equals("true")));
                    newest = Math.max(newest, revision);
                }
                if (++read == lines) {
                    // Of the handle: the process would close its pipe, in which acknowledgements still are.
                    process.toHandle().destroyForcibly();
                }
            }
            assertThat(read).isGreaterThanOrEqualTo(lines);
        } finally {
            process.destroyForcibly();
            process.waitFor(60, TimeUnit.SECONDS);
        }
        return newest;
    }
}
