package dev.navarch.apiserver.registry;

import dev.navarch.api.StoredJson;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * The outlines of definitions that were read in an earlier life, so that a start needs not read through the definitions
 * themselves, of which schemas are most. A file of lines, one for each outline, the last one of a definition holds; it is
 * an aid and no more: an outline counts only for the very text that it was made from, and what is damaged or missing is read
 * from the definition.
 */
final class KnownOutlines {
    private static final Logger log = LoggerFactory.getLogger(KnownOutlines.class);
    /** Lines that are out of date, before the file is written anew. */
    private static final int SPARE = 100;

    private final Optional<Path> file;
    private final Map<String, Line> lines = new HashMap<>();
    /** What the file says, by key: of which text. */
    private final Map<String, String> noted = new HashMap<>();

    /** @param file empty to know nothing */
    KnownOutlines(Optional<Path> file) {
        this.file = file;
    }

    /** Reads the file; keeps of it what is about these definitions. */
    void read(Collection<Entry> definitions) {
        if (file.isEmpty() || !Files.exists(file.get())) {
            return;
        }
        Map<String, Line> found = new HashMap<>();
        int read = 0;
        try {
            var bytes = Files.readAllBytes(file.get());
            for (int from = 0, end; (end = indexOf(bytes, '\n', from)) >= 0; from = end + 1) {
                read++;
                Line.of(bytes, from, end).ifPresent(line -> found.put(line.key, line));
            }
        } catch (IOException e) {
            log.debug("{} can't be read; definitions are read instead", file.get(), e);
        }
        for (var entry : definitions) {
            var line = found.get(entry.key());
            if (line != null && line.of.equals(identity(entry))) {
                lines.put(line.key, line);
                noted.put(line.key, line.of);
            }
        }
        if (read > 2 * lines.size() + SPARE) {
            writeAnew();
        }
    }

    private static int indexOf(byte[] bytes, char wanted, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    /**
     * One line: key, identity and outline, with spaces between them.
     *
     * @param of which text it is about
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Line(String key, String of, byte[] outline) {
        /** Empty for a line that a crash cut off. */
        static Optional<Line> of(byte[] bytes, int from, int end) {
            int first = indexOf(bytes, ' ', from);
            int second = first < 0 ? -1 : indexOf(bytes, ' ', first + 1);
            if (second < 0 || second > end) {
                return Optional.empty();
            }
            return Optional.of(new Line(
                    new String(bytes, from, first - from, StandardCharsets.UTF_8),
                    new String(bytes, first + 1, second - first - 1, StandardCharsets.UTF_8),
                    Arrays.copyOfRange(bytes, second + 1, end)));
        }

        byte[] bytes() {
            var head = (key + " " + of + " ").getBytes(StandardCharsets.UTF_8);
            var line = Arrays.copyOf(head, head.length + outline.length + 1);
            System.arraycopy(outline, 0, line, head.length, outline.length);
            line[line.length - 1] = '\n';
            return line;
        }
    }

    private void writeAnew() {
        var kept = new ByteArrayOutputStream();
        lines.values().forEach(line -> kept.writeBytes(line.bytes()));
        var path = file.orElseThrow();
        var next = path.resolveSibling(path.getFileName() + ".next");
        try {
            Files.write(next, kept.toByteArray());
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.debug("{} can't be written", path, e);
        }
    }

    /** What was noted of this very entry; once read, it is forgotten here. */
    @Nullable
    ObjectNode take(Entry entry) {
        var line = lines.remove(entry.key());
        if (line == null) {
            return null;
        }
        try {
            return StoredJson.read(line.outline) instanceof ObjectNode outline ? outline : null;
        } catch (JacksonException _) {
            return null; // damaged
        }
    }

    /** All that was there at the start is asked for. */
    void forget() {
        lines.clear();
    }

    /** The definition is gone. */
    void forget(String key) {
        noted.remove(key);
    }

    /** @param outline the entry's */
    void note(Entry entry, ObjectNode outline) {
        if (file.isEmpty() || identity(entry).equals(noted.put(entry.key(), identity(entry)))) {
            return;
        }
        var line = new Line(entry.key(), identity(entry), Tree.json(essence(outline)));
        try {
            Files.write(file.get(), line.bytes(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            log.debug("{} can't be written", file.get(), e);
        }
    }

    /** Without annotations and labels, which may be long. */
    private static ObjectNode essence(ObjectNode outline) {
        var essence = outline.deepCopy();
        Tree.childObject(essence, "metadata").remove(List.of("annotations", "labels"));
        return essence;
    }

    /** The same for no other text. */
    private static String identity(Entry entry) {
        return entry.createRevision() + "/" + entry.revision() + "/" + entry.length() + "/"
                + Integer.toHexString(entry.checksum());
    }
}
