package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.navarch.storage.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** The directory of a store, locked for this process, of a layout that this version knows. */
final class StoreDirectory implements AutoCloseable {
    private static final String FORMAT = "navarch-store 1";

    private final Path path;
    private final FileChannel lock;

    private StoreDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    static StoreDirectory open(Path path) {
        try {
            create(path);
            var lock = lock(path);
            try {
                checkFormat(path);
                return new StoreDirectory(path, lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new StoreException("the store's directory " + path + " can't be used: " + e.getMessage(), e);
        }
    }

    /** Where RocksDB's files are. */
    Path database() {
        return path.resolve("db");
    }

    /** Where RocksDB's native library is. */
    Path libraries() {
        return path.resolve("native");
    }

    private static void create(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return;
        }
        if (Files.getFileStore(existing(path)).supportsFileAttributeView("posix")) {
            // Secrets are in there.
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(path);
        }
    }

    private static Path existing(Path path) {
        var at = path.toAbsolutePath();
        while (!Files.exists(at)) {
            at = at.getParent();
        }
        return at;
    }

    private static FileChannel lock(Path path) throws IOException {
        var channel = FileChannel.open(path.resolve("lock"), CREATE, READ, WRITE);
        try {
            if (tryLock(channel) == null) {
                throw new StoreException("the store in " + path + " is in use by " + owner(channel));
            }
            channel.truncate(0);
            channel.write(UTF_8.encode(Long.toString(ProcessHandle.current().pid())), 0);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null;
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        var content = ByteBuffer.allocate(20);
        channel.read(content, 0);
        var pid = UTF_8.decode(content.flip()).toString();
        return pid.isEmpty() ? "another process" : "process " + pid;
    }

    private static void checkFormat(Path path) throws IOException {
        var marker = path.resolve("FORMAT");
        if (Files.exists(marker)) {
            var found = Files.readString(marker).strip();
            if (!found.equals(FORMAT)) {
                throw new StoreException("the store in " + path + " has the format \"" + found
                        + "\", but this version only knows \"" + FORMAT + "\"");
            }
            return;
        }
        if (Files.exists(path.resolve("db"))) {
            throw new StoreException("the directory " + path + " has data, but no FORMAT file that tells its layout");
        }
        var draft = path.resolve("FORMAT.new");
        try (var out = FileChannel.open(draft, CREATE, WRITE)) {
            out.truncate(0);
            out.write(UTF_8.encode(FORMAT + "\n"));
            out.force(true);
        }
        Files.move(draft, marker, StandardCopyOption.ATOMIC_MOVE);
        try (var self = FileChannel.open(path, READ)) {
            self.force(true);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new StoreException("the lock of " + path + " can't be released", e);
        }
    }
}
