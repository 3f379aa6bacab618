package dev.navarch.versions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.navarch.embedded.EmbeddedCluster;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which versions the other tests of this set have beside them, and that ours are not among them. */
class SetTest {
    private static List<String> jars() {
        return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                .map(entry -> Path.of(entry).getFileName().toString().replaceAll("\\.jar$", ""))
                .toList();
    }

    @Test
    void theVersionsAreThose() {
        var wanted = System.getProperty("versions.jars").split(" ");
        assertTrue(jars().containsAll(List.of(wanted)), () -> List.of(wanted) + " among " + jars());
    }

    @Test
    void oursAreInOneJar() {
        assertEquals(
                Set.of("navarch-junit-standalone"),
                jars().stream()
                        .filter(jar -> jar.startsWith("navarch"))
                        .map(jar -> jar.replaceAll("-\\d.*", ""))
                        .collect(Collectors.toSet()));
    }

    /** So that nothing on a class path is found twice, or under a name that is another's. */
    @Test
    void allInItHasNamesOfItsOwn() throws IOException {
        var strange = entries()
                .filter(name -> !name.startsWith("dev/navarch/") && !name.startsWith("META-INF/services/dev.navarch."))
                .filter(name -> !name.matches("META-INF/(MANIFEST.MF|[\\w-]*(LICENSE|NOTICE)[\\w.-]*)"))
                .toList();
        assertEquals(List.of("META-INF/services/org.junit.platform.launcher.LauncherSessionListener"), strange);
    }

    /** It runs wherever a JDK does. */
    @Test
    void nothingInItIsNative() throws IOException {
        assertEquals(
                List.of(),
                entries()
                        .filter(name -> name.matches(".*\\.(so|dll|jnilib|dylib)"))
                        .toList());
    }

    private static Stream<String> entries() throws IOException {
        try (var jar = new JarFile(Path.of(EmbeddedCluster.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toFile())) {
            return jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList().stream();
        }
    }
}
