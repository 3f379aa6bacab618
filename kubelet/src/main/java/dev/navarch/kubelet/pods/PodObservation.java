package dev.navarch.kubelet.pods;

import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SandboxStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What the runtime has of one pod at one moment. Newest first. */
public record PodObservation(List<SandboxStatus> sandboxes, List<Seen> containers) {

    /** A container and the sandbox it is in. */
    public record Seen(String sandboxId, ContainerStatus status) {
        public String name() {
            return status.labels()
                    .getOrDefault(
                            RuntimeLabels.CONTAINER_NAME, status.metadata().name());
        }

        public String id() {
            return status.id();
        }

        public boolean running() {
            return status.state() == ContainerState.RUNNING;
        }

        public boolean exited() {
            return status.state() == ContainerState.EXITED;
        }

        public boolean succeeded() {
            return exited() && status.exitCode() == 0;
        }

        public int restartCount() {
            return RuntimeLabels.restartCount(status);
        }
    }

    public static final PodObservation NOTHING = new PodObservation(List.of(), List.of());

    public PodObservation {
        sandboxes = sandboxes.stream()
                .sorted(Comparator.comparing(SandboxStatus::createdAt)
                        .thenComparing(s -> s.metadata().attempt())
                        .reversed())
                .toList();
        containers = containers.stream()
                .sorted(Comparator.comparing((Seen s) -> s.status().createdAt())
                        .thenComparing(Seen::restartCount)
                        .reversed())
                .toList();
    }

    /** The newest container of this name, in whatever sandbox. */
    public Optional<Seen> current(String name) {
        return containers.stream().filter(c -> c.name().equals(name)).findFirst();
    }

    /** The one before the newest. */
    public Optional<Seen> previous(String name) {
        return containers.stream().filter(c -> c.name().equals(name)).skip(1).findFirst();
    }

    /** The newest of this name in this sandbox. */
    public Optional<Seen> current(String name, String sandboxId) {
        return containers.stream()
                .filter(c -> c.name().equals(name) && c.sandboxId().equals(sandboxId))
                .findFirst();
    }

    public Optional<SandboxStatus> newestSandbox() {
        return sandboxes.stream().findFirst();
    }

    public Optional<SandboxStatus> readySandbox() {
        return newestSandbox().filter(s -> s.state() == SandboxState.READY);
    }

    public List<Seen> running() {
        return containers.stream().filter(Seen::running).toList();
    }

    public boolean anythingAlive() {
        return containers.stream().anyMatch(Seen::running)
                || sandboxes.stream().anyMatch(s -> s.state() == SandboxState.READY);
    }

    public boolean isEmpty() {
        return sandboxes.isEmpty() && containers.isEmpty();
    }
}
