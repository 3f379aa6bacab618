package dev.navarch.kubelet.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.kubelet.volumes.AtomicWriter.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtomicWriterTest {
    @TempDir
    Path directory;

    private AtomicWriter writer;

    @BeforeEach
    void open() {
        writer = new AtomicWriter(directory);
    }

    private boolean write(Map<String, String> files) throws IOException {
        Map<String, Content> contents = new java.util.HashMap<>();
        files.forEach((k, v) -> contents.put(k, new Content(v.getBytes(StandardCharsets.UTF_8), 0640)));
        return writer.write(contents, _ -> {});
    }

    private List<String> visible() throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(p -> p.getFileName().toString())
                    .filter(n -> !n.startsWith(".."))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void filesAreThereWithTheirModes() throws IOException {
        assertThat(write(Map.of("a", "1", "sub/b", "2"))).isTrue();
        assertThat(directory.resolve("a")).hasContent("1");
        assertThat(directory.resolve("sub/b")).hasContent("2");
        assertThat(visible()).containsExactly("a", "sub");
        assertThat(Unix.mode(directory.resolve("a").toRealPath())).isEqualTo(0640);
        assertThat(Files.readSymbolicLink(directory.resolve("a"))).isEqualTo(Path.of("..data/a"));
    }

    @Test
    void sameFilesAreNotWrittenAgain() throws IOException {
        write(Map.of("a", "1"));
        var data = Files.readSymbolicLink(directory.resolve("..data"));
        assertThat(write(Map.of("a", "1"))).isFalse();
        assertThat(Files.readSymbolicLink(directory.resolve("..data"))).isEqualTo(data);
    }

    @Test
    void changeSwapsTheLinkAndRemovesWhatWasThere() throws IOException {
        write(Map.of("a", "1", "gone", "x"));
        var old = Files.readSymbolicLink(directory.resolve("..data"));
        assertThat(write(Map.of("a", "2", "new", "y"))).isTrue();
        assertThat(directory.resolve("a")).hasContent("2");
        assertThat(directory.resolve("new")).hasContent("y");
        assertThat(visible()).containsExactly("a", "new");
        assertThat(directory.resolve(old)).doesNotExist();
    }

    @Test
    void emptySetLeavesNothing() throws IOException {
        write(Map.of("a", "1"));
        assertThat(write(Map.of())).isTrue();
        assertThat(visible()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/etc/passwd", "../x", "a/../../x", "..x", "a//b", "./a"})
    void pathsThatLeadOutAreRefused(String path) {
        assertThatThrownBy(() -> write(Map.of(path, "1"))).isInstanceOf(IllegalArgumentException.class);
    }

    /** A zip file knows neither modes nor links for this purpose, as little as Windows does. */
    @Test
    void whereThereAreNoLinksFilesAreReplaced() throws IOException {
        try (var zip = FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
            var volume = Files.createDirectories(zip.getPath("/volume"));
            var writer = new AtomicWriter(volume);
            var first = Map.of("a", new Content(new byte[] {1}, 0640), "sub/b", new Content(new byte[] {2}, 0640));
            assertThat(writer.write(first, at -> Unix.giveToGroup(at, 1000, false)))
                    .isTrue();
            assertThat(writer.write(first, _ -> {})).isFalse();
            assertThat(writer.write(Map.of("sub/c", new Content(new byte[] {3}, 0640)), _ -> {}))
                    .isTrue();
            assertThat(volume.resolve("a")).doesNotExist();
            assertThat(volume.resolve("sub/b")).doesNotExist();
            assertThat(volume.resolve("sub/c")).hasBinaryContent(new byte[] {3});
        }
    }
}
