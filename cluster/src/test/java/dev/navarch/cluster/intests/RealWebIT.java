package dev.navarch.cluster.intests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.embedded.EmbeddedCluster;
import dev.navarch.embedded.EmbeddedClusterException;
import dev.navarch.junit.KubernetesCluster;
import dev.navarch.junit.TestNamespace;
import dev.navarch.runtime.cri.NodeLayout;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The same suite on containers of this machine. */
@KubernetesCluster(containers = KubernetesCluster.Containers.REAL)
@EnabledIf(value = "isDemanded", disabledReason = "real containers take root")
class RealWebIT extends WebSuite {

    /** In CI they are demanded, as all of the machine is. */
    static boolean isDemanded() {
        return "root".equals(System.getProperty("user.name")) || "true".equals(System.getenv("CI"));
    }

    @BeforeAll
    static void loadImage(EmbeddedCluster cluster, @TempDir Path folder) throws IOException, InterruptedException {
        cluster.loadImage(image(folder));
    }

    private static Path image(Path folder) throws IOException, InterruptedException {
        if (!Files.exists(Path.of("/bin/busybox"))) {
            run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "busybox-static");
        }
        var archive = folder.resolve("busybox.tar");
        run("../examples/busybox-image", "busybox:in-tests", archive.toString());
        return archive;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    @Test
    void podsReachTheApiServerAndServices(KubernetesClient client, @TestNamespace String namespace) {
        client.load(WebSuite.class.getResourceAsStream("/calling-in-tests.yaml"))
                .inNamespace(namespace)
                .create();
        var pod = client.pods().inNamespace(namespace).withName("calling");
        pod.waitUntilCondition(
                found -> found != null
                        && Set.of("Succeeded", "Failed")
                                .contains(found.getStatus().getPhase()),
                120,
                TimeUnit.SECONDS);
        assertThat(pod.getLog()).contains("connected");
    }

    @Test
    void whatIsOnlySimulatedIsRefused(EmbeddedCluster cluster) {
        assertThatThrownBy(cluster::fork)
                .isInstanceOf(EmbeddedClusterException.class)
                .hasMessageStartingWith("real containers can't be copied");
        assertThatThrownBy(() -> cluster.node("node-1"))
                .hasMessageStartingWith("node node-1 is this machine, and its containers are real");
        assertThat(cluster.export()).contains("kind: Node");
    }

    @Test
    void nothingIsLeftBehind(@TempDir Path folder) throws Exception {
        var before = directories();
        String id;
        try (var cluster =
                EmbeddedCluster.builder().realContainers().image(image(folder)).start()) {
            cluster.apply("""
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: idle}
                    spec:
                      containers:
                      - {name: c, image: "%s", command: [sleep, "1000"]}
                    """.formatted(IMAGE));
            var own = directories();
            own.removeAll(before);
            assertThat(own).hasSize(1);
            id = NodeLayout.of(own.iterator().next()).id();
            assertThat(traces(id)).isNotEmpty();
        }
        assertThat(traces(id)).isEmpty();
        assertThat(directories()).isEqualTo(before);
    }

    /** Where nodes of this process keep things. */
    private static Set<Path> directories() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName()
                            .toString()
                            .startsWith("navarch-" + ProcessHandle.current().pid() + "-"))
                    .map(file -> file.resolve("node-1"))
                    .filter(Files::isDirectory)
                    .collect(Collectors.toCollection(HashSet::new));
        }
    }

    /** Names of what a cluster has outside its own folder. */
    private static Set<String> traces(String id) throws IOException {
        Set<String> found = new HashSet<>();
        for (var folder : new String[] {"/run", "/sys/class/net", "/sys/fs/cgroup", "/sys/fs/cgroup/memory"}) {
            if (Files.isDirectory(Path.of(folder))) {
                try (var files = Files.list(Path.of(folder))) {
                    files.map(Path::toString).filter(name -> name.contains(id)).forEach(found::add);
                }
            }
        }
        return found;
    }
}
