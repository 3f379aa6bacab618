package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.kubelet.ContainerKills.Owner;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.ManualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerKillsTest {
    private static final Owner ORPHAN = new Owner(Optional.empty(), Optional.empty(), "");

    @TempDir
    Path logs;

    private final ManualTime time = new ManualTime(TestNode.START);
    private final SimulatedRuntime runtime = new SimulatedRuntime(time, new Random(1), "10.0.0.0/24");
    private final AtomicInteger ended = new AtomicInteger();
    private final ContainerKills kills = new ContainerKills(
            runtime,
            new Hooks(runtime, time),
            (about, path, warning, reason, message) -> {},
            time,
            ended::incrementAndGet);
    private Seen container;

    @BeforeEach
    void run() {
        var sandbox = SandboxConfig.of(new SandboxMetadata("p", "u", "n", 0), logs.toString());
        var sandboxId = runtime.runPodSandbox(sandbox, "");
        runtime.pullImage("busybox:1", RegistryAuth.NONE, sandbox);
        var id = runtime.createContainer(
                sandboxId, ContainerConfig.of(new ContainerMetadata("c", 0), "busybox:1"), sandbox);
        runtime.startContainer(id);
        container = new Seen(sandboxId, runtime.containerStatus(id));
    }

    private void kill(Duration grace) {
        kills.kill(ORPHAN, container, grace, "Stopping container c");
        settle();
    }

    private void settle() {
        Await.until("the kills rest", () -> !time.busy());
    }

    private void fail(boolean fails) {
        runtime.setBroken(
                fails
                        ? Optional.of(new RuntimeFailure(RuntimeFailure.Reason.UNKNOWN, "can't stop"))
                        : Optional.empty());
    }

    /** Its worker begins it anew when it is told of the end, and would do nothing else while the engine fails. */
    @Test
    void aKillThatFailsEndsLater() {
        fail(true);
        kill(Duration.ofSeconds(30));
        time.advance(Duration.ofMillis(999));
        settle();
        assertThat(ended).hasValue(0);
        assertThat(kills.has(container.id())).isTrue();
        time.advance(Duration.ofMillis(1));
        settle();
        assertThat(ended).hasValue(1);
        assertThat(kills.isEmpty()).isTrue();
    }

    @Test
    void aKillThatFailedCanBeHurried() {
        fail(true);
        kill(Duration.ofSeconds(30));
        fail(false);
        kill(Duration.ofSeconds(5));
        assertThat(runtime.containerStatus(container.id()).state()).isEqualTo(ContainerState.EXITED);
        assertThat(kills.isEmpty()).isTrue();
    }
}
