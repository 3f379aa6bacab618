package dev.navarch.kubelet.runtime;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container engine: pod sandboxes, the containers in them, images, and their figures.
 *
 * <p>Implementations are safe for use by many threads. Each method blocks until the engine has answered and throws {@link
 * RuntimeFailure} when it refuses or can't be reached; an interrupted caller gets {@link RuntimeFailure.Reason#CANCELLED}
 * with its interrupt flag set. Identifiers are opaque. What runs outlives both this object and the process that holds it
 * (engines that keep their containers in memory say so).
 *
 * <p>Source of the behaviour: the RuntimeService and ImageService of
 * kubernetes staging/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto.
 */
public interface ContainerRuntime extends AutoCloseable {

    /** Names the engine; the node's {@code containerRuntimeVersion} is {@code <name>://<version>}. */
    RuntimeVersion version();

    /** The engine's own view of its health; holds at least {@code RuntimeReady} and {@code NetworkReady}. */
    RuntimeStatus status();

    /** Whether containers may have devices of resource claims without anybody preparing them. */
    default boolean needsNothingForDevices() {
        return false;
    }

    // Sandboxes

    /**
     * Creates and starts a sandbox: its namespaces, network and cgroup parent. When this returns, its address is known.
     *
     * @param runtimeHandler the RuntimeClass handler; "" is the engine's default
     * @return the sandbox's id
     */
    String runPodSandbox(SandboxConfig config, String runtimeHandler);

    /** Stops whatever runs in the sandbox at once and gives its network back. Idempotent; an unknown id is no failure. */
    void stopPodSandbox(String sandboxId);

    /** Removes the sandbox and the containers in it, running or not. Idempotent; an unknown id is no failure. */
    void removePodSandbox(String sandboxId);

    /** @throws RuntimeFailure with {@code NOT_FOUND} if there is no such sandbox */
    SandboxStatus podSandboxStatus(String sandboxId);

    /** The sandboxes that match, in no particular order. */
    List<Sandbox> listPodSandboxes(SandboxFilter filter);

    // Containers

    /**
     * Creates a container in a sandbox, without starting it. The image must be present.
     *
     * @param sandbox the configuration that the sandbox was made from
     * @return the container's id
     */
    String createContainer(String sandboxId, ContainerConfig config, SandboxConfig sandbox);

    /** Starts a created container. A command that can't be run is a failure whose message says why. */
    void startContainer(String containerId);

    /**
     * Sends the container's stop signal, waits up to {@code grace}, then kills. Zero kills at once. Returns when the
     * container has ended. Idempotent; an unknown id is no failure.
     */
    void stopContainer(String containerId, Duration grace);

    /** Removes a container, killing it if it runs. Idempotent; an unknown id is no failure. Its log file stays. */
    void removeContainer(String containerId);

    /** The containers that match, in no particular order. */
    List<Container> listContainers(ContainerFilter filter);

    /** @throws RuntimeFailure with {@code NOT_FOUND} if there is no such container */
    ContainerStatus containerStatus(String containerId);

    /** Changes the limits of a container that was created or runs; empty values stay as they are. */
    void updateContainerResources(String containerId, LinuxResources resources);

    /** Makes the engine write to a new file at the container's log path; called after the old file was moved away. */
    void reopenContainerLog(String containerId);

    /**
     * How a container is, where it has no process that could be probed.
     *
     * @param live what its startup and liveness probes find
     * @param ready what its readiness probe finds; without readiness it isn't ready, whether it has such a probe or not
     */
    record Condition(boolean live, boolean ready) {}

    /** What the engine itself knows of a running container's health; empty if that is for probes to find out. */
    default Optional<Condition> condition(String containerId) {
        return Optional.empty();
    }

    // Running commands

    /**
     * Runs a command in a container to its end. A command that exits with another code than 0 is an answer, no failure.
     *
     * @param timeout after this the command is killed; zero waits for ever
     * @throws RuntimeFailure with {@code DEADLINE_EXCEEDED} if the time was not enough
     */
    ExecResult execSync(String containerId, List<String> command, Duration timeout);

    /** Prepares a streaming exec and tells where to open it: an http(s) URL that expects an upgrade request. */
    URI exec(ExecRequest request);

    /** Prepares an attach to the container's first process and tells where to open it. */
    URI attach(AttachRequest request);

    /** Prepares forwarding of ports into a sandbox and tells where to open it. */
    URI portForward(PortForwardRequest request);

    // Images

    /** Every image that is present. */
    List<Image> listImages();

    /** The image that a reference (name, digest or id) stands for, if it is present. */
    Optional<Image> imageStatus(String reference);

    /**
     * Fetches an image from its registry, even if it is present.
     *
     * @param auth credentials, or {@link RegistryAuth#NONE}
     * @return the reference by which {@link #createContainer} finds exactly this image
     */
    String pullImage(String reference, RegistryAuth auth, SandboxConfig sandbox);

    /** Removes an image. Idempotent; an unknown reference is no failure. */
    void removeImage(String reference);

    /** How much room images and writable layers take. */
    List<FilesystemUsage> imageFilesystem();

    // Figures and events

    /** @throws RuntimeFailure with {@code NOT_FOUND} if there is no such container */
    ContainerStats containerStats(String containerId);

    /** Figures of the running containers that match. */
    List<ContainerStats> listContainerStats(ContainerFilter filter);

    /** What went over the networks of the sandboxes that have one of their own; empty if the engine doesn't count it. */
    default List<NetworkStats> listNetworkStats() {
        return List.of();
    }

    /** How busy the machine is; empty if there is none. */
    default Optional<MachineStats> machineStats() {
        return Optional.empty();
    }

    /** The annotations of a pod are these now, for an engine that goes by them. */
    default void annotated(String podUid, Map<String, String> annotations) {}

    /**
     * Opens a stream of what happens to containers and sandboxes, from now on. It is a hint to look at once: a caller
     * must also look now and then, for events may be lost. Empty if the engine has none.
     */
    default Optional<RuntimeEvents> events() {
        return Optional.empty();
    }

    /** Lets go of the engine; containers keep running. */
    @Override
    void close();
}
