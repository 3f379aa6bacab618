package dev.navarch.kubelet.volumes;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Replaces the files of a directory all at once: a reader sees the old set or the new one, never a mixture. The files
 * live in a directory of their own, {@code ..data} is a link to it that is swapped by a rename, and what users see are
 * links through {@code ..data}. Where there are no links for everybody, as on Windows, files are replaced one by one.
 *
 * <p>Source of the behaviour: kubernetes pkg/volume/util/atomic_writer.go.
 */
public final class AtomicWriter {
    private static final String DATA = "..data";
    private static final String NEW_DATA = "..data_tmp";

    private final Path target;

    /** One file. The array is not copied and must not be changed. */
    @SuppressWarnings("ArrayRecordComponent") // compared by Arrays.equals where it matters
    public record Content(byte[] bytes, int mode) {}

    /** What is done to each new directory before it can be seen: ownership. */
    @FunctionalInterface
    public interface Preparation {
        void prepare(Path directory) throws IOException;
    }

    public AtomicWriter(Path target) {
        this.target = target;
    }

    /**
     * Makes the directory hold exactly these files, by path relative to it.
     *
     * @return false if it did already
     * @throws IllegalArgumentException if a path is absolute, leads out, or has a part that starts with {@code ..}
     */
    public boolean write(Map<String, Content> files, Preparation preparation) throws IOException {
        files.keySet().forEach(AtomicWriter::check);
        if (!Unix.isAt(target)) {
            return replace(files, preparation);
        }
        var data = target.resolve(DATA);
        var current = Files.isSymbolicLink(data) ? target.resolve(Files.readSymbolicLink(data)) : null;
        if (current != null && Files.isDirectory(current) && holds(current, files)) {
            linkAll(files);
            return false;
        }
        var fresh = Files.createTempDirectory(target, "..navarch_");
        Unix.chmod(fresh, 0755);
        for (var file : new TreeMap<>(files).entrySet()) {
            var path = fresh.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue().bytes());
            Unix.chmod(path, file.getValue().mode());
        }
        preparation.prepare(fresh);
        linkAll(files);
        var link = target.resolve(NEW_DATA);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, fresh.getFileName());
        Files.move(link, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        removeStale(files, fresh);
        return true;
    }

    private boolean replace(Map<String, Content> files, Preparation preparation) throws IOException {
        if (holds(target, files)) {
            return false;
        }
        try (DirectoryStream<Path> before = Files.newDirectoryStream(target)) {
            for (var entry : before) {
                deleteTree(entry);
            }
        }
        for (var file : files.entrySet()) {
            var path = target.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue().bytes());
        }
        preparation.prepare(target);
        return true;
    }

    private static void check(String path) {
        if (path.isEmpty() || path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("invalid path: " + path);
        }
        for (var part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new IllegalArgumentException("invalid path: " + path);
            }
        }
        if (path.startsWith("..")) {
            throw new IllegalArgumentException("invalid path, must not start with '..': " + path);
        }
    }

    private static boolean holds(Path directory, Map<String, Content> files) throws IOException {
        Set<String> there = new HashSet<>();
        try (Stream<Path> walk = Files.walk(directory)) {
            walk.filter(Files::isRegularFile)
                    .forEach(p -> there.add(directory
                            .relativize(p)
                            .toString()
                            .replace(directory.getFileSystem().getSeparator(), "/")));
        }
        if (!there.equals(files.keySet())) {
            return false;
        }
        for (var file : files.entrySet()) {
            if (!Arrays.equals(
                    Files.readAllBytes(directory.resolve(file.getKey())),
                    file.getValue().bytes())) {
                return false;
            }
        }
        return true;
    }

    private static String top(String path) {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    private void linkAll(Map<String, Content> files) throws IOException {
        for (var path : files.keySet()) {
            var name = top(path);
            var link = target.resolve(name);
            if (!Files.isSymbolicLink(link)) {
                Files.createSymbolicLink(link, Path.of(DATA, name));
            }
        }
    }

    private void removeStale(Map<String, Content> files, Path fresh) throws IOException {
        Set<String> keep = new HashSet<>();
        keep.add(DATA);
        keep.add(fresh.getFileName().toString());
        files.keySet().forEach(p -> keep.add(top(p)));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(target)) {
            for (var entry : entries) {
                var name = entry.getFileName().toString();
                boolean link = Files.isSymbolicLink(entry);
                boolean ours = link || name.startsWith("..navarch_");
                if (!keep.contains(name) && ours) {
                    deleteTree(entry);
                }
            }
        }
    }

    /** Deletes a tree without following links. */
    static void deleteTree(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (var child : children) {
                    deleteTree(child);
                }
            }
        }
        Files.deleteIfExists(path);
    }
}
