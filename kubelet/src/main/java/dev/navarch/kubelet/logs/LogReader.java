package dev.navarch.kubelet.logs;

import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one container's log and gives its text. Following, it goes over to the new file when the log is rotated.
 *
 * <p>Source of the behaviour: kubernetes staging/src/k8s.io/cri-client/pkg/logs/logs.go.
 */
public final class LogReader {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int BLOCK = 64 * 1024;
    private static final int MAX_LINE = 1 << 20;

    private final Path log;
    private final LogOptions options;
    private final OutputStream out;
    private final TimeSource time;
    private final BooleanSupplier running;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final byte[] block = new byte[BLOCK];
    private long left;
    private boolean midLine;

    private LogReader(Path log, LogOptions options, OutputStream out, TimeSource time, BooleanSupplier running) {
        this.log = log;
        this.options = options;
        this.out = out;
        this.time = time;
        this.running = running;
        left = options.limitBytes().orElse(Long.MAX_VALUE);
    }

    /**
     * @param running whether the container may still write; asked only when following
     * @throws NoSuchFileException if there is no log
     */
    public static void read(Path log, LogOptions options, OutputStream out, TimeSource time, BooleanSupplier running)
            throws IOException, InterruptedException {
        new LogReader(log, options, out, time, running).read();
    }

    private void read() throws IOException, InterruptedException {
        var file = open();
        try {
            file.seek(
                    options.tailLines().isPresent()
                            ? LogTail.offset(file, options.tailLines().getAsLong())
                            : 0);
            var key = key().orElse(null);
            while (drain(file) && options.follow()) {
                out.flush();
                boolean over = !running.getAsBoolean();
                var now = key();
                if (now.isPresent() && !Objects.equals(now.get(), key)) {
                    drain(file); // what was written between our last look and the move
                    file.close();
                    file = open();
                    key = now.get();
                } else if (over) {
                    drain(file);
                    break;
                } else {
                    time.sleep(POLL);
                }
            }
            out.flush();
        } finally {
            file.close();
        }
    }

    private RandomAccessFile open() throws IOException {
        if (!Files.exists(log)) {
            throw new NoSuchFileException(log.toString());
        }
        return new RandomAccessFile(log.toFile(), "r");
    }

    private Optional<Object> key() {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(log, BasicFileAttributes.class).fileKey());
        } catch (IOException e) {
            return Optional.empty(); // between the move and the new file
        }
    }

    /** Gives what is in the file from here on. False: the limit is reached. */
    private boolean drain(RandomAccessFile file) throws IOException {
        int n;
        while ((n = file.read(block)) > 0) {
            int from = 0;
            for (int i = 0; i < n; i++) {
                if (block[i] == '\n') {
                    line.write(block, from, i - from);
                    from = i + 1;
                    if (!emit()) {
                        return false;
                    }
                }
            }
            if (line.size() + n - from <= MAX_LINE) {
                line.write(block, from, n - from);
            }
        }
        return true;
    }

    private boolean emit() throws IOException {
        @Nullable LogLine parsed = LogLine.parse(line.toByteArray()).orElse(null);
        line.reset();
        if (parsed == null || !wanted(parsed)) {
            return true;
        }
        if (options.timestamps()
                && !midLine
                && !write((parsed.timestamp() + " ").getBytes(StandardCharsets.US_ASCII))) {
            return false;
        }
        midLine = parsed.partial();
        if (!write(parsed.text())) {
            return false;
        }
        return parsed.partial() || write(new byte[] {'\n'});
    }

    private boolean wanted(LogLine parsed) {
        boolean recent =
                options.since().map(since -> !parsed.at().isBefore(since)).orElse(true);
        return recent
                && switch (options.streams()) {
                    case ALL -> true;
                    case STDOUT -> !parsed.stderr();
                    case STDERR -> parsed.stderr();
                };
    }

    private boolean write(byte[] bytes) throws IOException {
        if (bytes.length >= left) {
            out.write(Arrays.copyOf(bytes, (int) left));
            left = 0;
            return false;
        }
        out.write(bytes);
        left -= bytes.length;
        return true;
    }
}
