package dev.navarch.storage.file;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.net.JarURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocksDB's native library, unpacked beside the data: by itself RocksDB unpacks its 15 MB anew at every start, into a
 * temporary file that a killed process leaves behind.
 */
final class RocksLibrary {
    private static final Logger log = LoggerFactory.getLogger(RocksLibrary.class);

    private RocksLibrary() {}

    /** Loads the library once a process; {@code directory} keeps it, a folder for each version. */
    static void load(Path directory) throws IOException {
        var name = Environment.getJniLibraryFileName("rocksdb");
        var resource = RocksDB.class.getClassLoader().getResource(name);
        if (resource != null && resource.openConnection() instanceof JarURLConnection jar) {
            var folder = directory.resolve(Long.toHexString(jar.getJarEntry().getCrc()));
            // So does RocksDB.loadLibrary(List) call it.
            var file = folder.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
            if (!Files.exists(file)) {
                unpack(jar, file);
            }
            try {
                RocksDB.loadLibrary(List.of(folder.toString()));
                return;
            } catch (UnsatisfiedLinkError e) {
                log.info("{} can't be loaded ({}); unpacking it elsewhere", file, e.getMessage());
            }
        }
        RocksDB.loadLibrary();
    }

    private static void unpack(JarURLConnection jar, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        var draft = file.resolveSibling(file.getFileName() + ".new");
        try (var in = jar.getInputStream();
                var out = Files.newOutputStream(draft)) {
            in.transferTo(out);
        }
        Files.move(draft, file, ATOMIC_MOVE);
    }
}
