package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.SortedMap;
import java.util.TreeMap;

/** The files of a store that is open: its engine deletes and begins some at any time, whether or not somebody writes. */
public final class LiveFiles {
    private LiveFiles() {}

    /**
     * Copies all files as they are at one moment, as a crash leaves them: a copy during which a file came, went or grew is
     * made again.
     *
     * @param copy does not exist yet
     */
    public static void copy(Path directory, Path copy) throws IOException {
        while (!copiedAtOnce(directory, copy)) {
            delete(copy);
        }
    }

    /** Whether one of the files has these bytes, given as ISO 8859-1. */
    public static boolean contain(Path directory, String bytes) throws IOException {
        for (var file : sizes(directory).keySet()) {
            try {
                if (Files.isRegularFile(file) && new String(Files.readAllBytes(file), ISO_8859_1).contains(bytes)) {
                    return true;
                }
            } catch (NoSuchFileException _) {
                // What was in it is in another one by now.
            }
        }
        return false;
    }

    private static boolean copiedAtOnce(Path directory, Path copy) throws IOException {
        var before = sizes(directory);
        try {
            for (var file : before.keySet()) {
                Files.copy(file, copy.resolve(directory.relativize(file).toString()));
            }
        } catch (NoSuchFileException _) {
            return false;
        }
        return sizes(directory).equals(before);
    }

    /** All files and directories, each directory before what is in it, with their sizes in bytes. */
    private static SortedMap<Path, Long> sizes(Path directory) throws IOException {
        var sizes = new TreeMap<Path, Long>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
                sizes.put(dir, 0L);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                sizes.put(file, attributes.size());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException problem) throws IOException {
                if (problem instanceof NoSuchFileException && !file.equals(directory)) {
                    return FileVisitResult.CONTINUE;
                }
                throw problem;
            }
        });
        return sizes;
    }

    private static void delete(Path copy) throws IOException {
        try (var files = Files.walk(copy)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
