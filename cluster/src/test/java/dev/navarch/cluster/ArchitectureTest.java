package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** Holds the poms against the table of modules in docs/architecture.md, and packages against circles. */
class ArchitectureTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z-]+)` \\|.*\\| ([^|]+) \\|$");

    /** Packages are in lower case, types are not. */
    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?([a-z0-9_.]+)\\.[A-Z]", Pattern.MULTILINE);

    @Test
    void modulesDependOnlyOnWhatTheTableAllows() throws Exception {
        var allowed = table();
        for (var module : modules()) {
            assertThat(allowed)
                    .as("docs/architecture.md has a row for " + module)
                    .containsKey(module);
            assertThat(dependencies(module)).as("dependencies of " + module).isSubsetOf(allowed.get(module));
        }
    }

    @Test
    void onlyTheApiServerSeesTheStore() throws Exception {
        for (var module : modules()) {
            if (!Set.of(
                            "storage",
                            "storage-file",
                            "storage-etcd",
                            "apiserver",
                            "embedded",
                            "cluster",
                            "examples",
                            "benchmarks")
                    .contains(module)) {
                assertThat(dependencies(module)).as(module).doesNotContain("storage", "storage-file", "storage-etcd");
            }
        }
    }

    /**
     * A package can be understood by those that it uses alone, if none of them uses it in turn. In {@code api} the decoder of
     * all forms knows that of protobuf, which is written for its schemas.
     */
    @Test
    void packagesMakeNoCircles() throws Exception {
        for (var module : modules()) {
            var sources = ROOT.resolve(module).resolve("src/main/java");
            if (!module.equals("api") && Files.exists(sources)) {
                var left = packages(sources);
                while (left.values().removeIf(used -> Collections.disjoint(used, left.keySet()))) {}
                assertThat(left)
                        .as("packages in circles, or above one, of " + module)
                        .isEmpty();
            }
        }
    }

    /** Package to the others that its sources import from. */
    private static Map<String, Set<String>> packages(Path sources) throws IOException {
        Map<String, Set<String>> uses = new TreeMap<>();
        try (var files = Files.walk(sources)) {
            for (var file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                var own = sources.relativize(file.getParent()).toString().replace('/', '.');
                var used = uses.computeIfAbsent(own, _ -> new TreeSet<>());
                IMPORT.matcher(Files.readString(file)).results().forEach(i -> used.add(i.group(1)));
                used.remove(own);
            }
        }
        return uses;
    }

    /** Module to the modules that it may use: those that its row names, of the rows above it. */
    private static Map<String, Set<String>> table() throws Exception {
        Map<String, Set<String>> rows = new LinkedHashMap<>();
        for (var line : Files.readAllLines(ROOT.resolve("docs/architecture.md"))) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                var above = new HashSet<>(rows.keySet());
                var named = row.group(2).strip();
                if (!named.equals("all above")) {
                    above.retainAll(named.equals("–") ? Set.of() : Set.of(named.split(", ")));
                }
                rows.put(row.group(1), above);
            }
        }
        return rows;
    }

    private static List<String> modules() throws Exception {
        List<String> modules = new ArrayList<>();
        var elements = pom(ROOT.resolve("pom.xml")).getElementsByTagName("module");
        for (int i = 0; i < elements.getLength(); i++) {
            modules.add(elements.item(i).getTextContent());
        }
        assertThat(modules).isNotEmpty();
        return modules;
    }

    private static Set<String> dependencies(String module) throws Exception {
        Set<String> used = new HashSet<>();
        var elements = pom(ROOT.resolve(module).resolve("pom.xml")).getElementsByTagName("dependency");
        for (int i = 0; i < elements.getLength(); i++) {
            var dependency = (Element) elements.item(i);
            var artifact = dependency.getElementsByTagName("artifactId").item(0).getTextContent();
            var scope = dependency.getElementsByTagName("scope");
            boolean test =
                    scope.getLength() > 0 && scope.item(0).getTextContent().equals("test");
            if (artifact.startsWith("navarch-") && !test) {
                used.add(artifact.substring("navarch-".length()));
            }
        }
        return used;
    }

    private static Element pom(Path file) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getDocumentElement();
    }
}
