package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clusters in tests run on macOS and Windows too: what these lack is asked for in few places, which are guarded. */
class PlatformsTest {
    private static final List<String> MODULES = List.of(
            "time",
            "api",
            "cel",
            "storage",
            "apiserver",
            "client",
            "scheduler",
            "controllers",
            "kubelet",
            "embedded",
            "junit");
    private static final Pattern UNIX_ONLY = Pattern.compile(
            "PosixFilePermission|\"(unix|posix):|createSymbolicLink|UnixDomainSocketAddress|java\\.lang\\.foreign|System\\.load");

    /** What an embedded cluster does not come by: files of {@code navarch up}, of audit, and of nodes with real containers. */
    private static final List<String> OF_OTHERS = List.of(
            "apiserver/audit/RotatingFile",
            "client/KubeconfigFiles",
            "embedded/pki/ClusterPki",
            "embedded/pki/WholeFile",
            "kubelet/certificates/CertificateFiles",
            "kubelet/localvolumes/VolumeRoot");

    /** What looks first whether the file system is one of Unix. */
    private static final List<String> GUARDED = List.of(
            "kubelet/volumes/AtomicWriter",
            "kubelet/volumes/ClaimedVolumes",
            "kubelet/volumes/HostPaths",
            "kubelet/volumes/Unix");

    @Test
    void whatOnlyUnixHasIsAskedForInFewPlaces() throws IOException {
        assertThat(MODULES.stream().flatMap(PlatformsTest::unixOnly))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(OF_OTHERS.stream(), GUARDED.stream()).toList());
    }

    private static Stream<String> unixOnly(String module) {
        var sources = Path.of("..", module, "src", "main", "java", "dev", "navarch");
        try (var files = Files.walk(sources)) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .filter(PlatformsTest::asks)
                    .map(file -> sources.relativize(file)
                            .toString()
                            .replace('\\', '/')
                            .replace(".java", ""))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static boolean asks(Path file) {
        try {
            return UNIX_ONLY.matcher(Files.readString(file)).find();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
