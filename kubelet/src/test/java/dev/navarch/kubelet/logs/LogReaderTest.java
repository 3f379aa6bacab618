package dev.navarch.kubelet.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.kubelet.logs.LogOptions.Streams;
import dev.navarch.time.ManualTime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {
    private static final String LINES = """
            2026-03-01T10:00:00.000000001Z stdout F one
            2026-03-01T10:00:01.000000001Z stderr F two
            2026-03-01T10:00:02.000000001Z stdout P thr
            2026-03-01T10:00:02.000000002Z stdout F ee
            not a line
            2026-03-01T10:00:03.000000001Z stdout F\s
            """;

    @TempDir
    Path directory;

    private Path log;
    private final ManualTime time = new ManualTime(Instant.parse("2026-03-01T10:00:10Z"));

    @BeforeEach
    void write() throws IOException {
        log = directory.resolve("0.log");
        Files.writeString(log, LINES);
    }

    private String read(LogOptions options) throws Exception {
        var out = new ByteArrayOutputStream();
        LogReader.read(log, options, out, time, () -> false);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static LogOptions options(boolean timestamps, long tail, long limit, String since, Streams streams) {
        return new LogOptions(
                false,
                timestamps,
                tail < 0 ? OptionalLong.empty() : OptionalLong.of(tail),
                limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit),
                since.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(since)),
                streams);
    }

    @Test
    void partialLinesAreJoinedAndNonsenseIsLeftOut() throws Exception {
        assertThat(read(LogOptions.ALL)).isEqualTo("one\ntwo\nthree\n\n");
    }

    @Test
    void timestampsStandBeforeWholeLines() throws Exception {
        assertThat(read(options(true, -1, -1, "", Streams.ALL)).lines().skip(2).findFirst())
                .contains("2026-03-01T10:00:02.000000001Z three");
    }

    @Test
    void tailCountsLinesOfTheFile() throws Exception {
        assertThat(read(options(false, 0, -1, "", Streams.ALL))).isEmpty();
        assertThat(read(options(false, 3, -1, "", Streams.ALL))).isEqualTo("ee\n\n");
        assertThat(read(options(false, 100, -1, "", Streams.ALL))).isEqualTo("one\ntwo\nthree\n\n");
    }

    @Test
    void limitCutsInTheMiddle() throws Exception {
        assertThat(read(options(false, -1, 5, "", Streams.ALL))).isEqualTo("one\nt");
    }

    @Test
    void sinceLeavesOutWhatIsOlder() throws Exception {
        assertThat(read(options(false, -1, -1, "2026-03-01T10:00:01.5Z", Streams.ALL)))
                .isEqualTo("three\n\n");
    }

    @Test
    void streamsCanBeChosen() throws Exception {
        assertThat(read(options(false, -1, -1, "", Streams.STDERR))).isEqualTo("two\n");
        assertThat(read(options(false, -1, -1, "", Streams.STDOUT))).isEqualTo("one\nthree\n\n");
    }

    @Test
    void tailIsFoundAcrossBlocks() throws Exception {
        var line = "2026-03-01T10:00:00Z stdout F " + "x".repeat(1000) + "\n";
        Files.writeString(log, line.repeat(300));
        assertThat(read(options(false, 200, -1, "", Streams.ALL)).lines()).hasSize(200);
    }

    @Test
    void followingGoesOnInTheNewFileAndEndsWithTheContainer() throws Exception {
        var out = new ByteArrayOutputStream();
        var running = new AtomicBoolean(true);
        var follow =
                new LogOptions(true, false, OptionalLong.of(1), OptionalLong.empty(), Optional.empty(), Streams.ALL);
        var reader = Thread.ofVirtual().start(() -> {
            try {
                LogReader.read(log, follow, out, time, running::get);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Files.writeString(log, "2026-03-01T10:00:04Z stdout F four\n", StandardOpenOption.APPEND);
        turnUntil("four is read", () -> out.toString(StandardCharsets.UTF_8).contains("four\n"));
        Files.move(log, directory.resolve("0.log.1"));
        Files.writeString(log, "2026-03-01T10:00:05Z stdout F five\n");
        turnUntil("five is read", () -> out.toString(StandardCharsets.UTF_8).contains("five\n"));
        running.set(false);
        turnUntil("it ends", () -> !reader.isAlive());
    }

    private void turnUntil(String what, java.util.function.BooleanSupplier condition) {
        Await.until(what, time, Duration.ofMillis(100), condition);
    }

    @Test
    void lastWordsAreTheEndOfTheLog() {
        assertThat(LogTail.text(log, 80, 2048)).isEqualTo("one\ntwo\nthree\n\n");
        assertThat(LogTail.text(log, 80, 3)).isEqualTo("e\n\n");
        assertThat(LogTail.text(directory.resolve("none"), 80, 2048)).isEmpty();
    }
}
