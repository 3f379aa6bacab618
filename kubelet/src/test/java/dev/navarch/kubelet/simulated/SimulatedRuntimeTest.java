package dev.navarch.kubelet.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Await;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerRuntimeContract;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.time.ManualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedRuntimeTest extends ContainerRuntimeContract {
    private static final String IMAGE = "busybox:1";

    @TempDir
    Path logs;

    @Override
    protected Harness start() {
        var time = new ManualTime(Instant.parse("2026-03-01T10:00:00.123456789Z"));
        var runtime = new SimulatedRuntime(time, new Random(1), "10.1.0.0/24");
        runtime.pullImage(IMAGE, RegistryAuth.NONE, SandboxConfig.of(new SandboxMetadata("x", "x", "x", 0), ""));
        return new Harness() {
            @Override
            public ContainerRuntime runtime() {
                return runtime;
            }

            @Override
            public SandboxConfig sandbox(String name) {
                return SandboxConfig.of(new SandboxMetadata(name, "uid-" + name, "default", 0), logs.toString());
            }

            @Override
            public ContainerConfig idle(String name) {
                return ContainerConfig.of(new ContainerMetadata(name, 0), IMAGE);
            }

            @Override
            public ContainerConfig exiting(String name, int code) {
                return idle(name)
                        .withAnnotations(Map.of(
                                "navarch.dev/simulated-exit-after",
                                "0s",
                                "navarch.dev/simulated-exit-code",
                                Integer.toString(code)));
            }

            @Override
            public ContainerConfig printing(String name, String line) {
                return idle(name).withAnnotations(Map.of("navarch.dev/simulated-log", line));
            }

            @Override
            public String image() {
                return IMAGE;
            }

            @Override
            public void await(String what, BooleanSupplier condition) {
                Await.until(what, time, Duration.ofSeconds(1), condition);
            }

            @Override
            public void close() {
                runtime.close();
            }
        };
    }

    @Test
    void commandsAreRefusedWithTheReason() {
        try (var engine = start()) {
            assertThatThrownBy(() -> engine.runtime().execSync("any", List.of("true"), Duration.ofSeconds(1)))
                    .isInstanceOfSatisfying(
                            RuntimeFailure.class,
                            e -> assertThat(e.reason()).isEqualTo(RuntimeFailure.Reason.UNIMPLEMENTED))
                    .hasMessageContaining("simulated");
        }
    }
}
