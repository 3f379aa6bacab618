package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
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
    private final Map<String, ObjectNode> lines = new HashMap<>();
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
        Map<String, ObjectNode> found = new HashMap<>();
        int read = 0;
        try (var text = Files.newBufferedReader(file.get())) {
            for (var line = text.readLine(); line != null; line = text.readLine()) {
                read++;
                parse(line).ifPresent(known -> found.put(Tree.text(known, "key"), known));
            }
        } catch (IOException e) {
            log.debug("{} can't be read; definitions are read instead", file.get(), e);
        }
        for (var entry : definitions) {
            var known = found.get(entry.key());
            if (known != null && identity(entry).equals(Tree.text(known, "of"))) {
                lines.put(entry.key(), known);
                noted.put(entry.key(), identity(entry));
            }
        }
        if (read > 2 * lines.size() + SPARE) {
            writeAnew();
        }
    }

    private static Optional<ObjectNode> parse(String line) {
        try {
            return JsonMapper.shared().readTree(line) instanceof ObjectNode known
                    ? Optional.of(known)
                    : Optional.empty();
        } catch (JacksonException _) {
            return Optional.empty(); // cut off by a crash
        }
    }

    private void writeAnew() {
        List<String> kept = new ArrayList<>();
        lines.values().forEach(known -> kept.add(known.toString()));
        var path = file.orElseThrow();
        var next = path.resolveSibling(path.getFileName() + ".next");
        try {
            Files.write(next, kept);
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.debug("{} can't be written", path, e);
        }
    }

    /** What was noted of this very entry; once read, it is forgotten here. */
    @Nullable
    ObjectNode take(Entry entry) {
        var known = lines.remove(entry.key());
        return known != null && known.get("outline") instanceof ObjectNode outline ? outline : null;
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
        var known = Tree.object().put("key", entry.key()).put("of", identity(entry));
        known.set("outline", essence(outline));
        try {
            Files.writeString(
                    file.get(),
                    known + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            log.debug("{} can't be written", file.get(), e);
        }
    }

    /** Without annotations and labels, which may be long. */
    private static JsonNode essence(ObjectNode outline) {
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
