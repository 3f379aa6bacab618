package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** All that a {@link SimulatedRuntime} had at one moment; another one can go on from there. */
public final class RuntimeState {
    final List<Box> sandboxes;
    final List<Process> containers;
    final List<Image> images;

    RuntimeState(List<Box> sandboxes, List<Process> containers, List<Image> images) {
        this.sandboxes = List.copyOf(sandboxes);
        this.containers = List.copyOf(containers);
        this.images = List.copyOf(images);
    }

    record Box(SandboxConfig config, SandboxStatus status) {}

    /**
     * A container.
     *
     * @param step what it does next
     * @param due when, if it waits
     */
    record Process(
            String id,
            String sandboxId,
            ContainerConfig config,
            ContainerScript script,
            Instant createdAt,
            ContainerState state,
            Optional<Instant> startedAt,
            Optional<Instant> finishedAt,
            int exitCode,
            String reason,
            boolean ready,
            boolean live,
            int step,
            Optional<Instant> due,
            LinuxResources resources,
            String log) {}
}
