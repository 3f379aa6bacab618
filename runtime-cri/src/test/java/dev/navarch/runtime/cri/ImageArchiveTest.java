package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageArchiveTest {
    @TempDir
    Path dir;

    private static ImageContent image(String name) {
        return ImageContent.named(name)
                .withFile("/etc/motd", 0644, "hello".getBytes(StandardCharsets.UTF_8))
                .withLink("/etc/link", "motd")
                .withArchitecture("amd64");
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        var file = dir.resolve("a.tar");
        ImageArchives.write(file, List.of(image("one"), image("quay.io/x/two:2")));
        var archive = ImageArchive.read(file);
        assertThat(archive.names()).containsExactly("docker.io/library/one:latest", "quay.io/x/two:2");
        assertThat(archive.images()).allSatisfy(i -> {
            assertThat(i.platform()).isEqualTo("linux/amd64");
            assertThat(i.layers()).isEqualTo(1);
        });
    }

    @Test
    void sameContentGivesSameBytes() throws IOException {
        var a = dir.resolve("a.tar");
        var b = dir.resolve("b.tar");
        ImageArchives.write(a, image("one"));
        ImageArchives.write(b, image("one"));
        assertThat(a).hasSameBinaryContentAs(b);
    }

    @Test
    void gzippedArchivesAreReadAndUnzippedForTheEngine() throws IOException {
        var plain = dir.resolve("a.tar");
        ImageArchives.write(plain, image("one"));
        var zipped = dir.resolve("a.tar.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
            Files.copy(plain, out);
        }
        var archive = ImageArchive.read(zipped);
        var normalized = dir.resolve("n.tar");
        archive.writeNormalized(normalized);
        assertThat(ImageArchive.read(normalized).images()).isEqualTo(archive.images());
    }

    /** A file as docker save writes it, from its parts. */
    private Path docker(String manifest, Map<String, byte[]> members) throws IOException {
        var file = dir.resolve("docker.tar");
        try (var tar = ImageArchives.tar(Files.newOutputStream(file))) {
            ImageArchives.put(tar, "manifest.json", manifest.getBytes(StandardCharsets.UTF_8), 0644);
            for (var member : members.entrySet()) {
                ImageArchives.put(tar, member.getKey(), member.getValue(), 0644);
            }
        }
        return file;
    }

    private static byte[] layer(String path) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var tar = ImageArchives.tar(bytes)) {
            ImageArchives.put(tar, path, new byte[] {1}, 0644);
        }
        return bytes.toByteArray();
    }

    private static byte[] config(byte[] layer) {
        return "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                .formatted(ImageArchives.digest(layer))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static final String MANIFEST =
            "[{\"Config\":\"c.json\",\"RepoTags\":[\"web:1\"],\"Layers\":[\"l/layer.tar\"]}]";

    @Test
    void dockerSaveIsRead() throws IOException {
        byte[] layer = layer("etc/motd");
        var file = docker(MANIFEST, new LinkedHashMap<>(Map.of("c.json", config(layer), "l/layer.tar", layer)));
        assertThat(ImageArchive.read(file).names()).containsExactly("docker.io/library/web:1");
    }

    @Test
    void gzippedLayersAreChecked() throws IOException {
        byte[] layer = layer("etc/motd");
        var zipped = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(zipped)) {
            out.write(layer);
        }
        var file = docker(MANIFEST, Map.of("c.json", config(layer), "l/layer.tar", zipped.toByteArray()));
        assertThat(ImageArchive.read(file).images()).hasSize(1);
    }

    @Test
    void layerThatClimbsOutIsRefused() throws IOException {
        byte[] layer = layer("../../etc/passwd");
        var file = docker(MANIFEST, Map.of("c.json", config(layer), "l/layer.tar", layer));
        assertThatThrownBy(() -> ImageArchive.read(file))
                .isInstanceOf(BadImageException.class)
                .hasMessageContaining("leads out of the image");
    }

    @Test
    void layerThatIsNotWhatItSaysIsRefused() throws IOException {
        var file = docker(MANIFEST, Map.of("c.json", config(layer("a")), "l/layer.tar", layer("b")));
        assertThatThrownBy(() -> ImageArchive.read(file))
                .isInstanceOf(BadImageException.class)
                .hasMessageContaining("not what the configuration says");
    }

    @Test
    void memberThatClimbsOutIsRefused() throws IOException {
        var file = docker(MANIFEST, Map.of("../c.json", new byte[0]));
        assertThatThrownBy(() -> ImageArchive.read(file))
                .isInstanceOf(BadImageException.class)
                .hasMessageContaining("leads out of the archive");
    }

    @Test
    void missingLayerIsNamed() throws IOException {
        var file = docker(MANIFEST, Map.of("c.json", config(layer("a"))));
        assertThatThrownBy(() -> ImageArchive.read(file))
                .isInstanceOf(BadImageException.class)
                .hasMessageContaining("l/layer.tar");
    }

    @Test
    void garbageIsRefused() throws IOException {
        var file = dir.resolve("g");
        Files.writeString(file, "this is no archive at all".repeat(100));
        assertThatThrownBy(() -> ImageArchive.read(file)).isInstanceOf(BadImageException.class);
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> ImageArchive.read(file)).isInstanceOf(BadImageException.class);
    }

    @Test
    void brokenManifestIsRefused() throws IOException {
        var file = docker("[{\"Config\":", Map.of());
        assertThatThrownBy(() -> ImageArchive.read(file)).isInstanceOf(BadImageException.class);
    }

    @Test
    void layoutWithoutTheDockerPartIsRead() throws IOException {
        var both = dir.resolve("a.tar");
        ImageArchives.write(both, image("one"));
        var layout = dir.resolve("b.tar");
        Files.write(layout, without(both, "manifest.json"));
        assertThat(ImageArchive.read(layout).images())
                .isEqualTo(ImageArchive.read(both).images());
    }

    /** The archive without some of its members. */
    static byte[] without(Path file, String... names) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var in = new TarArchiveInputStream(Files.newInputStream(file));
                var out = ImageArchives.tar(bytes)) {
            for (TarArchiveEntry e; (e = in.getNextEntry()) != null; ) {
                if (!List.of(names).contains(e.getName())) {
                    ImageArchives.put(out, e.getName(), in.readAllBytes(), 0644);
                }
            }
        }
        return bytes.toByteArray();
    }
}
