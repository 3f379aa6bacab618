package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cluster whose files are on a disk as Windows has them: no modes, no owners, other paths and line ends. */
class WindowsFilesTest {
    private static final String VOLUMES = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: default}
            data: {a.conf: "1"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: password, namespace: default}
            stringData: {word: sesame}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: disk, namespace: default}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: all, namespace: default}
            spec:
              securityContext: {fsGroup: 2000, runAsUser: 1000}
              containers:
              - name: c
                image: "example.com/c:1"
                volumeMounts:
                - {name: settings, mountPath: /settings}
                - {name: one, mountPath: /one, subPath: a.conf}
                - {name: scratch, mountPath: /scratch, subPath: some/place}
                - {name: memory, mountPath: /memory}
                - {name: all, mountPath: /all}
                - {name: socket, mountPath: /run/engine.sock}
                - {name: disk, mountPath: /disk}
              volumes:
              - {name: settings, configMap: {name: settings, defaultMode: 256}}
              - {name: one, configMap: {name: settings}}
              - {name: scratch, emptyDir: {}}
              - {name: memory, emptyDir: {medium: Memory}}
              - name: all
                projected:
                  sources:
                  - {secret: {name: password}}
                  - {configMap: {name: settings}}
                  - {downwardAPI: {items: [{path: labels/name, fieldRef: {fieldPath: metadata.name}}]}}
                  - {serviceAccountToken: {path: token}}
              - {name: socket, hostPath: {path: /run/engine.sock, type: Socket}}
              - {name: disk, persistentVolumeClaim: {claimName: disk}}
            """;

    private FileSystem windows;
    private Path temporary;

    @BeforeEach
    void format() throws IOException {
        windows = Jimfs.newFileSystem(Configuration.windows());
        temporary = Files.createDirectories(windows.getPath("C:\\Users\\Jane Doe\\AppData\\Local\\Temp"));
    }

    @AfterEach
    void unplug() throws IOException {
        windows.close();
        // logs have their places by their names, as runtimes are told them: here they are files of this system
        try (var here = Files.newDirectoryStream(Path.of(""), "C:*")) {
            for (var folder : here) {
                try (var files = Files.walk(folder)) {
                    for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    private List<String> files(String content) throws IOException {
        try (var all = Files.walk(temporary)) {
            return all.filter(file -> content.equals(read(file)))
                    .map(file -> file.getFileName().toString())
                    .distinct()
                    .toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return ""; // it went meanwhile
        }
    }

    @Test
    void podsHaveTheirVolumes() throws IOException {
        var manifest = Files.createDirectories(windows.getPath("C:\\Program Files\\tests"))
                .resolve("all volumes.yaml");
        Files.writeString(manifest, VOLUMES.replace("\n", "\r\n"));
        try (var cluster = EmbeddedCluster.builder().filesIn(temporary).paused().start()) {
            cluster.whenPodStarts(start -> true).thenLog("up");
            cluster.apply(manifest);
            cluster.clock().advance(Duration.ofSeconds(30));
            assertThat(cluster.object("v1", "Pod", "default", "all")
                            .orElseThrow()
                            .condition("Ready"))
                    .as(() -> cluster.recentEvents("default"))
                    .contains("True");
            assertThat(files("sesame")).containsExactly("word");
            assertThat(files("1")).containsExactly("a.conf");
            cluster.apply(
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: default}, data: {a.conf: x}}");
            cluster.clock().advance(Duration.ofMinutes(10));
            assertThat(files("x")).containsExactly("a.conf");
            try (var fork = cluster.fork()) {
                fork.clock().advance(Duration.ofMinutes(1));
                assertThat(fork.object("v1", "Pod", "default", "all")
                                .orElseThrow()
                                .condition("Ready"))
                        .contains("True");
            }
            cluster.restore(cluster.snapshot());
            cluster.clock().advance(Duration.ofMinutes(1));
            assertThat(cluster.object("v1", "Pod", "default", "all")
                            .orElseThrow()
                            .condition("Ready"))
                    .contains("True");
        }
        try (var left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aDumpMayHaveLineEndsOfWindows() throws IOException {
        var dump = temporary.resolve("a dump.yaml");
        try (var cluster = EmbeddedCluster.builder().nodes(0).start()) {
            cluster.apply(
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, namespace: default}, data: {a: \"b\\nc\"}}");
            Files.writeString(dump, cluster.export().replace("\n", "\r\n"));
        }
        try (var cluster = EmbeddedCluster.builder().dump(dump).nodes(0).start()) {
            assertThat(cluster.object("v1", "ConfigMap", "default", "kept")
                            .orElseThrow()
                            .at("data", "a"))
                    .contains("b\nc");
        }
    }
}
