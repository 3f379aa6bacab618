package dev.navarch.apiserver.config;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are read again when any of them has changed. They are looked at every few seconds, and told from what they
 * were by their contents, so that links that are turned around, as those of mounted secrets, are seen too. What can't be
 * used is tried again, and until then what was read last stays.
 */
public final class WatchedFiles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WatchedFiles.class);
    public static final Duration LOOK = Duration.ofSeconds(5);

    private final String what;
    private final List<Path> files;
    private final Reader reader;
    private final TimeSource time;
    private byte[] read;
    private byte[] refused = {};
    private boolean closed;
    private TimeSource.Timer timer;

    /** Takes what files hold. */
    public interface Reader {
        /**
         * Called by one thread at a time; may block.
         *
         * @param contents in the order of the files
         * @throws IllegalArgumentException if they can't be used, as for the other exceptions
         */
        void read(List<byte[]> contents) throws IOException, GeneralSecurityException;

        /** Contents that differ were refused. */
        default void refused() {}
    }

    /**
     * Reads the files for the first time, and then whenever they change.
     *
     * @param what for the log
     * @throws IllegalArgumentException if they can't be used; the message names them
     */
    public WatchedFiles(String what, List<Path> files, TimeSource time, Reader reader) {
        this.what = what;
        this.files = List.copyOf(files);
        this.reader = reader;
        this.time = time;
        try {
            var contents = contents();
            reader.read(contents);
            read = digest(contents);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException("there is no file " + e.getFile(), e);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException(named() + ": " + e.getMessage(), e);
        }
        timer = time.schedule(LOOK, this::look);
    }

    private String named() {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    private List<byte[]> contents() throws IOException {
        List<byte[]> contents = new ArrayList<>();
        for (var file : files) {
            contents.add(Files.readAllBytes(file));
        }
        return contents;
    }

    private static byte[] digest(List<byte[]> contents) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var content : contents) {
                digest.update((byte) 0);
                digest.update(MessageDigest.getInstance("SHA-256").digest(content));
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void look() {
        byte[] now = {};
        try {
            var contents = contents();
            now = digest(contents);
            if (!Arrays.equals(now, read)) {
                reader.read(contents);
                read = now;
                refused = new byte[0];
                log.info("{} was read again from {}", what, named());
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            reader.refused();
            if (now.length == 0 || !Arrays.equals(now, refused)) {
                log.warn("{} stays as it was: {} can't be used: {}", what, named(), e.getMessage());
            }
            refused = now;
        }
        synchronized (this) {
            if (!closed) {
                timer = time.schedule(LOOK, this::look);
            }
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            timer.cancel();
        }
    }
}
