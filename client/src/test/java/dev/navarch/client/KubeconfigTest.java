package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeconfigTest {
    private static final String OTHERS = """
        apiVersion: v1
        kind: Config
        x-unknown: [1, {two: 3}]
        clusters:
        - name: prod
          cluster: {server: "https://prod:6443", extensions: [{name: e, extension: {a: 1}}]}
        users:
        - name: me
          user: {token: "012"}
        contexts:
        - name: prod
          context: {cluster: prod, user: me, namespace: shop}
        current-context: prod
        """;

    @TempDir
    Path folder;

    private static Kubeconfig.Entry entry(String server) {
        return new Kubeconfig.Entry(
                "navarch", URI.create(server), bytes("AUTHORITY"), bytes("CERTIFICATE"), bytes("KEY"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void mergingKeepsWhatIsThereAndMakesTheNewContextCurrent() throws IOException {
        var file = folder.resolve("config");
        Files.writeString(file, OTHERS);
        KubeconfigFiles.of(file).merge(entry("https://127.0.0.1:6443"));
        var text = Files.readString(file);
        assertThat(text).contains("x-unknown", "two: 3", "extension", "token: \"012\"", "namespace: shop");
        var config = Kubeconfig.read(file);
        assertThat(config.currentContext()).isEqualTo("navarch");
        assertThat(config.hasContext("prod")).isTrue();
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        var access = config.access("navarch", folder, new SystemTime());
        assertThat(access.server()).isEqualTo(URI.create("https://127.0.0.1:6443"));
        assertThat(access.credentials().key())
                .hasValueSatisfying(k -> assertThat(k).isEqualTo(bytes("KEY")));
        assertThat(config.access("prod", folder, new SystemTime()).namespace()).isEqualTo("shop");
    }

    @Test
    void mergingAgainReplacesAndRemovingTakesAllAway() throws IOException {
        var file = folder.resolve("deep").resolve("config");
        var files = KubeconfigFiles.of(file);
        files.merge(entry("https://127.0.0.1:1"));
        files.merge(entry("https://127.0.0.1:2"));
        assertThat(Files.readString(file)).contains(":2").doesNotContain(":1\n");
        assertThat(files.remove("navarch", bytes("ANOTHER"))).isEmpty();
        assertThat(Files.readString(file)).contains("navarch");
        assertThat(files.remove("navarch", bytes("AUTHORITY"))).containsExactly(file);
        assertThat(Files.readString(file)).doesNotContain("navarch");
    }

    @Test
    void aFileThatIsNoKubeconfigIsLeftAlone() throws IOException {
        var file = folder.resolve("config");
        Files.writeString(file, "clusters: [unclosed");
        assertThatThrownBy(() -> KubeconfigFiles.of(file).merge(entry("https://x")))
                .isInstanceOf(IOException.class);
        assertThat(Files.readString(file)).isEqualTo("clusters: [unclosed");
        try (var left = Files.list(folder)) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void aLinkStaysALinkAndALockIsRespected() throws IOException {
        var real = folder.resolve("real");
        Files.writeString(real, OTHERS);
        var link = Files.createSymbolicLink(folder.resolve("config"), real);
        KubeconfigFiles.of(link).merge(entry("https://x"));
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Kubeconfig.read(real).hasContext("navarch")).isTrue();
        Files.createFile(folder.resolve("real.lock"));
        assertThatThrownBy(() -> KubeconfigFiles.of(link).merge(entry("https://x")))
                .hasMessageContaining("real.lock");
    }

    @Test
    void ofSeveralFilesTheOneWithTheContextIsChangedAndTheFirstCurrentContextCounts() throws IOException {
        var first = folder.resolve("first");
        var second = folder.resolve("second");
        Files.writeString(first, OTHERS);
        KubeconfigFiles.of(second).merge(entry("https://old"));
        var files = KubeconfigFiles.of(Map.of("KUBECONFIG", first + ":" + second), folder);
        assertThat(files.merge(entry("https://new"))).isEqualTo(second);
        assertThat(Kubeconfig.read(first).currentContext()).isEqualTo("navarch");
        assertThat(Kubeconfig.read(first).hasContext("navarch")).isFalse();
        assertThat(Files.readString(second)).contains("https://new");
    }

    @Test
    void withoutTheVariableItIsTheHomesFile() {
        assertThat(KubeconfigFiles.of(Map.of(), Path.of("/home/u")).files())
                .containsExactly(Path.of("/home/u/.kube/config"));
    }
}
