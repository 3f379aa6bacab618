package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A containerd of the test's own, with a busybox image; closing it demands that nothing stays behind. */
final class RealNode implements AutoCloseable {
    static final String IMAGE = "docker.io/library/busybox:test";

    private final SystemTime time = new SystemTime();
    private final Path dir;
    private final NodeLayout layout;
    private final String podCidr;
    private ContainerdProcess containerd;
    private int sandboxes;

    RealNode(String podCidr) throws IOException, InterruptedException {
        RealHost.demand();
        this.podCidr = podCidr;
        dir = Files.createTempDirectory("navarch-it-");
        layout = NodeLayout.of(dir.resolve("data"));
        containerd = ContainerdProcess.start(layout, podCidr, time);
        containerd.images().importImage(ImageContent.busybox("busybox:test", RealHost.BUSYBOX));
    }

    NodeLayout layout() {
        return layout;
    }

    SystemTime time() {
        return time;
    }

    Path dir() {
        return dir;
    }

    ContainerdProcess containerd() {
        return containerd;
    }

    CriRuntime runtime() {
        return containerd.runtime();
    }

    /** Lets go of containerd and finds it again, as the next JVM would. */
    void restart() throws InterruptedException {
        containerd.close();
        containerd = ContainerdProcess.start(layout, podCidr, time);
    }

    SandboxConfig sandbox(String name) {
        var logs = dir.resolve("logs").resolve(name + "-" + ++sandboxes);
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            fail("No log directory", e);
        }
        var plain =
                SandboxConfig.of(new SandboxMetadata(name, "uid-" + name + sandboxes, "default", 0), logs.toString());
        return new SandboxConfig(
                plain.metadata(),
                plain.hostname(),
                plain.logDirectory(),
                plain.dns(),
                plain.portMappings(),
                plain.labels(),
                plain.annotations(),
                "/" + layout.cgroupRoot() + "/kubepods/pod" + sandboxes,
                plain.sysctls(),
                plain.security());
    }

    static ContainerConfig container(String name, String script) {
        return ContainerConfig.of(new ContainerMetadata(name, 0), IMAGE).withCommand(List.of("sh", "-c", script));
    }

    /** Runs a container in a sandbox of its own. */
    String run(ContainerConfig config) {
        var sandbox = sandbox(config.metadata().name());
        var sandboxId = runtime().runPodSandbox(sandbox.withLabels(Map.of("test", "yes")), "");
        var id = runtime().createContainer(sandboxId, config, sandbox);
        runtime().startContainer(id);
        return id;
    }

    static void await(String what, BooleanSupplier condition) {
        var deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("Not in time: " + what);
            }
            Thread.onSpinWait();
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() throws Exception {
        containerd.close();
        try {
            assertThat(new NodeCleanup(layout, time).run()).isEmpty();
            Trees.delete(dir);
        } finally {
            time.close();
        }
    }
}
