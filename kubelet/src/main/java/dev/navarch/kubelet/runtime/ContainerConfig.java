package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        Optional<String> stopSignal) {

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
                Optional.empty());
    }

    public ContainerConfig withCommand(List<String> value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                value,
                args,
                workingDir,
                env,
                mounts,
                devices,
                labels,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                stopSignal);
    }

    public ContainerConfig withEnv(List<EnvVar> value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                command,
                args,
                workingDir,
                value,
                mounts,
                devices,
                labels,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                stopSignal);
    }

    public ContainerConfig withMounts(List<Mount> value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                command,
                args,
                workingDir,
                env,
                value,
                devices,
                labels,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                stopSignal);
    }

    public ContainerConfig withLabels(Map<String, String> value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                command,
                args,
                workingDir,
                env,
                mounts,
                devices,
                value,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                stopSignal);
    }

    public ContainerConfig withAnnotations(Map<String, String> value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                command,
                args,
                workingDir,
                env,
                mounts,
                devices,
                labels,
                value,
                logPath,
                stdin,
                stdinOnce,
                tty,
                resources,
                security,
                stopSignal);
    }

    public ContainerConfig withResources(LinuxResources value) {
        return new ContainerConfig(
                metadata,
                image,
                userImage,
                command,
                args,
                workingDir,
                env,
                mounts,
                devices,
                labels,
                annotations,
                logPath,
                stdin,
                stdinOnce,
                tty,
                value,
                security,
                stopSignal);
    }
}
