package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.navarch.junit.launcher.RequiredJava;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherSessionListener;

/** What a JVM says that is too old; of what Maven has built, since only that is as users get it. */
class RequiredJavaIT {
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(\\d+)");
    private static final int JAVA_11 = 55;

    @Test
    void anOlderJvmCanReadIt() throws IOException {
        try (var in = RequiredJava.class.getResourceAsStream("RequiredJava.class")) {
            assertThat(in.readNBytes(8)[7]).isEqualTo((byte) JAVA_11);
        }
        assertThat(ServiceLoader.load(LauncherSessionListener.class)).hasAtLeastOneElementOfType(RequiredJava.class);
    }

    /** On an older JDK that is on this machine. */
    @Test
    void anOlderJvmSaysWhatItLacks(@TempDir Path folder) throws Exception {
        var older = olderJdk();
        assumeTrue(older.isPresent(), "there is no JDK 17 to 24 on this machine");
        var main = Files.writeString(folder.resolve("Main.java"), """
                public class Main {
                    public static void main(String[] args) {
                        org.junit.platform.launcher.core.LauncherFactory.openSession().close();
                    }
                }
                """);
        var process = new ProcessBuilder(
                        older.get().resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                + File.pathSeparator
                                + LauncherSessionListener.class
                                        .getProtectionDomain()
                                        .getCodeSource()
                                        .getLocation()
                                        .getPath(),
                        main.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("navarch-junit needs Java 25 or later, and these tests run on Java ");
        assertThat(process.waitFor()).isNotZero();
    }

    private static Optional<Path> olderJdk() throws IOException {
        var all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return Optional.empty();
        }
        try (var jdks = Files.list(all)) {
            return jdks.filter(RequiredJavaIT::isOlder).findFirst();
        }
    }

    private static boolean isOlder(Path jdk) {
        try {
            var release = jdk.resolve("release");
            if (!Files.isExecutable(jdk.resolve("bin/javac")) || !Files.isReadable(release)) {
                return false;
            }
            var version = VERSION.matcher(Files.readString(release));
            return version.find()
                    && Integer.parseInt(version.group(1)) >= 17
                    && Integer.parseInt(version.group(1)) < 25;
        } catch (IOException e) {
            return false;
        }
    }
}
