package dev.navarch.versions.alone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.navarch.embedded.EmbeddedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * What a cluster takes of the machine: no native library but the JDK's, no program, no network but the loopback, no file but in
 * the directory for temporary ones, and nobody's rights. Where the test is run by root, the program is nobody, without a home,
 * in a network of its own that has a loopback only.
 */
class AloneTest {
    private static final List<String> NOBODY = List.of(
            "unshare",
            "--net",
            "sh",
            "-c",
            "ip link set lo up && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"",
            "nobody");
    private static final String OF_THE_SYSTEM =
            "(/usr)?/lib(64)?/.*/?(ld-[\\w.-]+|lib(c|m|dl|rt|pthread|resolv|nss_\\w+|z)[.-][\\w.-]*)";

    /** Outside of root's home, which nobody may read. */
    private static Path copied(Path folder) throws IOException {
        for (var one : List.of(EmbeddedCluster.class, Logger.class)) {
            var jar = location(one);
            Files.copy(jar, folder.resolve(jar.getFileName()));
        }
        var home = folder.resolve("classes").resolve("dev/navarch/versions/alone");
        Files.createDirectories(home);
        try (var classes = Files.list(location(Alone.class).resolve("dev/navarch/versions/alone"))) {
            for (var file : classes.toList()) {
                Files.copy(file, home.resolve(file.getFileName()));
            }
        }
        Files.createDirectory(folder.resolve("tmp"));
        try (var all = Files.walk(folder)) {
            for (var path : all.toList()) {
                Files.setPosixFilePermissions(
                        path,
                        PosixFilePermissions.fromString(
                                path.endsWith("tmp")
                                        ? "rwxrwxrwx"
                                        : Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
        return folder;
    }

    private static Path location(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    @Test
    void aClusterTakesNothingOfTheMachine(@TempDir Path folder) throws Exception {
        assumeTrue(Files.isReadable(Path.of("/proc/self/maps")), "only Linux tells which libraries are loaded");
        copied(folder);
        List<String> command = new ArrayList<>("root".equals(System.getProperty("user.name")) ? NOBODY : List.of());
        var java = Path.of(System.getProperty("java.home")).toRealPath();
        command.addAll(List.of(
                "env",
                "-i",
                "HOME=/nonexistent",
                "PATH=/nonexistent",
                java.resolve("bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + folder.resolve("tmp"),
                "-cp",
                folder.resolve("classes") + ":" + folder.resolve("*"),
                Alone.class.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(told).isZero();
        assertThat(told.lines()).as(told).contains("ready 2", "answer 200");
        assertThat(all(told, "process ")).isEmpty();
        assertThat(all(told, "wrote ")).isNotEmpty().allMatch(file -> file.startsWith(folder + "/tmp/"));
        assertThat(Path.of("/var/lib/navarch-alone")).doesNotExist();
        assertThat(all(told, "library "))
                .isNotEmpty()
                .allMatch(file -> file.startsWith(java + "/") || file.matches(OF_THE_SYSTEM));
        try (var left = Files.list(folder.resolve("tmp"))) {
            assertThat(left.filter(path -> !path.getFileName().toString().startsWith("hsperfdata")))
                    .isEmpty();
        }
    }

    private static Stream<String> all(String told, String what) {
        return told.lines().filter(line -> line.startsWith(what)).map(line -> line.substring(what.length()));
    }
}
