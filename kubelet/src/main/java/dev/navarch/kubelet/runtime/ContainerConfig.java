package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a container is made from.
 *
 * @param image the reference that {@link ContainerRuntime#pullImage} or {@link Image#id} gave
 * @param userImage the image as the pod's author wrote it
 * @param command replaces the image's entrypoint if not empty
 * @param args replaces the image's command if not empty
 * @param workingDir "" is the image's
 * @param env in order; later ones win
 * @param logPath relative to the sandbox's log directory; "" keeps no log
 * @param stdinOnce closes stdin when the first attached client leaves
 * @param stopSignal e.g. {@code SIGUSR1}; empty is the image's, or SIGTERM
 * @param purpose how long it is meant to run
 */
public record ContainerConfig(
        ContainerMetadata metadata,
        String image,
        String userImage,
        List<String> command,
        List<String> args,
        String workingDir,
        List<EnvVar> env,
        List<Mount> mounts,
        List<Device> devices,
        Map<String, String> labels,
        Map<String, String> annotations,
        String logPath,
        boolean stdin,
        boolean stdinOnce,
        boolean tty,
        LinuxResources resources,
        ContainerSecurity security,
        Optional<String> stopSignal,
        Purpose purpose) {

    /** One environment variable. */
    public record EnvVar(String name, String value) {}

    /** A device of the host; permissions are of {@code rwm}. */
    public record Device(String hostPath, String containerPath, String permissions) {}

    public ContainerConfig {
        command = List.copyOf(command);
        args = List.copyOf(args);
        env = List.copyOf(env);
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /** The smallest configuration: what the image says, with default confinement, no limits and a log {@code <name>/<attempt>.log}. */
    public static ContainerConfig of(ContainerMetadata metadata, String image) {
        return new ContainerConfig(
                metadata,
                image,
                image,
                List.of(),
                List.of(),
                "",
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                metadata.name() + "/" + metadata.attempt() + ".log",
                false,
                false,
                false,
                LinuxResources.NONE,
                ContainerSecurity.DEFAULT,
                Optional.empty(),
                Purpose.SERVE);
    }

    public ContainerConfig withCommand(List<String> value) {
        return with(draft -> draft.command = value);
    }

    public ContainerConfig withEnv(List<EnvVar> value) {
        return with(draft -> draft.env = value);
    }

    public ContainerConfig withMounts(List<Mount> value) {
        return with(draft -> draft.mounts = value);
    }

    public ContainerConfig withLabels(Map<String, String> value) {
        return with(draft -> draft.labels = value);
    }

    public ContainerConfig withAnnotations(Map<String, String> value) {
        return with(draft -> draft.annotations = value);
    }

    public ContainerConfig withResources(LinuxResources value) {
        return with(draft -> draft.resources = value);
    }

    private ContainerConfig with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finished();
    }

    /** A copy in the making. */
    private static final class Draft {
        private final ContainerConfig config;
        private List<String> command;
        private List<EnvVar> env;
        private List<Mount> mounts;
        private Map<String, String> labels;
        private Map<String, String> annotations;
        private LinuxResources resources;

        Draft(ContainerConfig config) {
            this.config = config;
            command = config.command;
            env = config.env;
            mounts = config.mounts;
            labels = config.labels;
            annotations = config.annotations;
            resources = config.resources;
        }

        ContainerConfig finished() {
            return new ContainerConfig(
                    config.metadata,
                    config.image,
                    config.userImage,
                    command,
                    config.args,
                    config.workingDir,
                    env,
                    mounts,
                    config.devices,
                    labels,
                    annotations,
                    config.logPath,
                    config.stdin,
                    config.stdinOnce,
                    config.tty,
                    resources,
                    config.security,
                    config.stopSignal,
                    config.purpose);
        }
    }
}
