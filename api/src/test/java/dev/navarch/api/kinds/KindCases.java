package dev.navarch.api.kinds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the cases in the {@code .cases} files beside this class. A line is one of
 *
 * <pre>
 * # a comment
 * base apps/v1 Deployment {'spec':…}   the object that what follows changes, without a name
 * {'spec':{'replicas':-1}}             create it with this merged into it
 * -> {'spec':{'replicas':2}}           create the base, then update it with this merged into it
 * status> {'status':{'replicas':-1}}   the same through its status
 * ! spec.replicas: Invalid value: …    one complaint of the write above; a final … stands for any rest
 * </pre>
 *
 * <p>A write without complaints must have none. JSON has single quotes for double ones.
 */
final class KindCases {
    enum Write {
        CREATE,
        UPDATE,
        STATUS
    }

    /** A write and everything that must be wrong with it, in this order. */
    record Case(
            String place, String apiVersion, String kind, String base, Write write, String patch, List<String> wrong) {
        @Override
        public String toString() {
            return place + " " + kind + " " + write + " " + patch;
        }
    }

    private KindCases() {}

    static Stream<Case> all() {
        try (Stream<Path> files = Files.list(Path.of(Objects.requireNonNull(KindCases.class.getResource("core.cases"))
                .toURI()
                .resolve(".")))) {
            return files.filter(file -> file.toString().endsWith(".cases")).sorted().toList().stream()
                    .flatMap(file -> read(file).stream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Case> read(Path file) {
        List<Case> cases = new ArrayList<>();
        String[] base = {"", "", "", "{}"};
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            String place = file.getFileName() + ":" + (i + 1);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (line.startsWith("base ")) {
                base = line.split(" ", 4);
            } else if (line.startsWith("! ")) {
                cases.getLast().wrong().add(line.substring(2));
            } else {
                Write write =
                        line.startsWith("->") ? Write.UPDATE : line.startsWith("status>") ? Write.STATUS : Write.CREATE;
                String patch = line.substring(line.indexOf('{'));
                cases.add(new Case(place, base[1], base[2], base[3], write, patch, new ArrayList<>()));
            }
        }
        return cases;
    }

    /** As RFC 7386 merges. */
    static void merge(ObjectNode target, JsonNode patch) {
        for (Map.Entry<String, JsonNode> entry : patch.properties()) {
            if (entry.getValue().isNull()) {
                target.remove(entry.getKey());
            } else if (entry.getValue().isObject() && target.get(entry.getKey()) instanceof ObjectNode there) {
                merge(there, entry.getValue());
            } else {
                target.set(entry.getKey(), entry.getValue().deepCopy());
            }
        }
    }
}
