package dev.navarch.runtime.cri;

import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ContainerStats;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.FilesystemUsage;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.Mount;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.NetworkStats;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.RuntimeStatus;
import dev.navarch.kubelet.runtime.Sandbox;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SandboxStatus;
import dev.navarch.runtime.cri.v1.HugepageLimit;
import dev.navarch.runtime.cri.v1.LinuxContainerResources;
import dev.navarch.runtime.cri.v1.NamespaceMode;
import dev.navarch.runtime.cri.v1.PodIP;
import dev.navarch.runtime.cri.v1.PodSandbox;
import dev.navarch.runtime.cri.v1.PodSandboxMetadata;
import dev.navarch.runtime.cri.v1.PodSandboxState;
import dev.navarch.runtime.cri.v1.PodSandboxStats;
import dev.navarch.runtime.cri.v1.PodSandboxStatus;
import dev.navarch.runtime.cri.v1.UInt64Value;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** CRI messages as the contract's records. */
final class FromCri {
    private FromCri() {}

    static RuntimeStatus status(dev.navarch.runtime.cri.v1.RuntimeStatus status) {
        return new RuntimeStatus(status.getConditionsList().stream()
                .map(c -> new RuntimeStatus.Condition(c.getType(), c.getStatus(), c.getReason(), c.getMessage()))
                .toList());
    }

    static SandboxStatus sandbox(PodSandboxStatus status) {
        var network = status.getNetwork();
        var ips = Stream.concat(
                        Stream.of(network.getIp()),
                        network.getAdditionalIpsList().stream().map(PodIP::getIp))
                .filter(ip -> !ip.isEmpty())
                .toList();
        var options = status.getLinux().getNamespaces().getOptions();
        return new SandboxStatus(
                status.getId(),
                metadata(status.getMetadata()),
                state(status.getState()),
                time(status.getCreatedAt()),
                ips,
                new NamespaceOptions(
                        mode(options.getNetwork()),
                        mode(options.getPid()),
                        mode(options.getIpc()),
                        options.getTargetId()),
                status.getLabelsMap(),
                status.getAnnotationsMap(),
                status.getRuntimeHandler());
    }

    static Sandbox sandbox(PodSandbox sandbox) {
        return new Sandbox(
                sandbox.getId(),
                metadata(sandbox.getMetadata()),
                state(sandbox.getState()),
                time(sandbox.getCreatedAt()),
                sandbox.getLabelsMap(),
                sandbox.getAnnotationsMap());
    }

    private static SandboxMetadata metadata(PodSandboxMetadata metadata) {
        return new SandboxMetadata(
                metadata.getName(), metadata.getUid(), metadata.getNamespace(), metadata.getAttempt());
    }

    private static SandboxState state(PodSandboxState state) {
        return state == PodSandboxState.SANDBOX_READY ? SandboxState.READY : SandboxState.NOT_READY;
    }

    private static NamespaceOptions.Mode mode(NamespaceMode mode) {
        return switch (mode) {
            case POD, UNRECOGNIZED -> NamespaceOptions.Mode.POD;
            case CONTAINER -> NamespaceOptions.Mode.CONTAINER;
            case NODE -> NamespaceOptions.Mode.NODE;
            case TARGET -> NamespaceOptions.Mode.TARGET;
        };
    }

    static Container container(dev.navarch.runtime.cri.v1.Container container) {
        return new Container(
                container.getId(),
                container.getPodSandboxId(),
                metadata(container.getMetadata()),
                container.getImage().getImage(),
                container.getImageRef(),
                state(container.getState()),
                time(container.getCreatedAt()),
                container.getLabelsMap(),
                container.getAnnotationsMap());
    }

    static ContainerMetadata metadata(dev.navarch.runtime.cri.v1.ContainerMetadata metadata) {
        return new ContainerMetadata(metadata.getName(), metadata.getAttempt());
    }

    static ContainerState state(dev.navarch.runtime.cri.v1.ContainerState state) {
        return switch (state) {
            case CONTAINER_CREATED -> ContainerState.CREATED;
            case CONTAINER_RUNNING -> ContainerState.RUNNING;
            case CONTAINER_EXITED -> ContainerState.EXITED;
            case CONTAINER_UNKNOWN, UNRECOGNIZED -> ContainerState.UNKNOWN;
        };
    }

    /** @param resources the limits, from wherever the engine tells them */
    static ContainerStatus status(dev.navarch.runtime.cri.v1.ContainerStatus status, LinuxResources resources) {
        return new ContainerStatus(
                status.getId(),
                metadata(status.getMetadata()),
                state(status.getState()),
                time(status.getCreatedAt()),
                optionalTime(status.getStartedAt()),
                optionalTime(status.getFinishedAt()),
                status.getExitCode(),
                status.getImage().getImage(),
                status.getImageRef(),
                status.getImageId().isEmpty() ? status.getImageRef() : status.getImageId(),
                status.getReason(),
                status.getMessage(),
                status.getLabelsMap(),
                status.getAnnotationsMap(),
                status.getMountsList().stream().map(FromCri::mount).toList(),
                status.getLogPath(),
                resources);
    }

    private static Mount mount(dev.navarch.runtime.cri.v1.Mount mount) {
        var propagation = switch (mount.getPropagation()) {
            case PROPAGATION_PRIVATE, UNRECOGNIZED -> Mount.Propagation.PRIVATE;
            case PROPAGATION_HOST_TO_CONTAINER -> Mount.Propagation.HOST_TO_CONTAINER;
            case PROPAGATION_BIDIRECTIONAL -> Mount.Propagation.BIDIRECTIONAL;
        };
        return new Mount(
                mount.getContainerPath(),
                mount.getHostPath(),
                mount.getReadonly(),
                mount.getRecursiveReadOnly(),
                propagation,
                mount.getSelinuxRelabel());
    }

    static LinuxResources resources(LinuxContainerResources resources) {
        return new LinuxResources(
                unlessZero(resources.getCpuPeriod()),
                unlessZero(resources.getCpuQuota()),
                unlessZero(resources.getCpuShares()),
                unlessZero(resources.getMemoryLimitInBytes()),
                unlessZero(resources.getMemorySwapLimitInBytes()),
                OptionalInt.of((int) resources.getOomScoreAdj()),
                resources.getCpusetCpus(),
                resources.getCpusetMems(),
                resources.getHugepageLimitsList().stream()
                        .collect(Collectors.toMap(HugepageLimit::getPageSize, HugepageLimit::getLimit, (a, b) -> b)),
                resources.getUnifiedMap());
    }

    /**
     * The limits out of the verbose answer of containerd before 1.7, whose status has no field for them: its JSON holds
     * the container's OCI specification (source: containerd pkg/cri/sbserver/container_status.go, toCRIContainerInfo).
     */
    static LinuxResources resources(Map<String, String> info) {
        JsonNode spec;
        try {
            spec = JsonMapper.shared().readTree(info.getOrDefault("info", "{}")).path("runtimeSpec");
        } catch (JacksonException e) {
            return LinuxResources.NONE;
        }
        var resources = spec.path("linux").path("resources");
        var cpu = resources.path("cpu");
        var memory = resources.path("memory");
        var score = spec.path("process").path("oomScoreAdj");
        return new LinuxResources(
                number(cpu.path("period")),
                number(cpu.path("quota")),
                number(cpu.path("shares")),
                number(memory.path("limit")),
                number(memory.path("swap")),
                score.isInt() ? OptionalInt.of(score.intValue()) : OptionalInt.empty(),
                cpu.path("cpus").asString(""),
                cpu.path("mems").asString(""),
                resources
                        .path("hugepageLimits")
                        .valueStream()
                        .collect(Collectors.toMap(
                                l -> l.path("pageSize").asString(""),
                                l -> l.path("limit").asLong(0),
                                (a, b) -> b)),
                resources
                        .path("unified")
                        .propertyStream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, e -> e.getValue().asString(""))));
    }

    private static OptionalLong number(JsonNode node) {
        return node.isIntegralNumber() ? unlessZero(node.longValue()) : OptionalLong.empty();
    }

    static Image image(dev.navarch.runtime.cri.v1.Image image) {
        return new Image(
                image.getId(),
                image.getRepoTagsList(),
                image.getRepoDigestsList(),
                image.getSize(),
                image.hasUid() ? OptionalLong.of(image.getUid().getValue()) : OptionalLong.empty(),
                image.getUsername(),
                // Without the pause image no sandbox starts, and no registry has it.
                image.getPinned() || image.getRepoTagsList().contains(PauseImage.NAME));
    }

    static FilesystemUsage filesystem(dev.navarch.runtime.cri.v1.FilesystemUsage usage) {
        return new FilesystemUsage(
                time(usage.getTimestamp()),
                usage.getFsId().getMountpoint(),
                usage.getUsedBytes().getValue(),
                usage.getInodesUsed().getValue());
    }

    static ContainerStats stats(dev.navarch.runtime.cri.v1.ContainerStats stats) {
        var cpu = stats.getCpu();
        var memory = stats.getMemory();
        var layer = stats.getWritableLayer();
        return new ContainerStats(
                stats.getAttributes().getId(),
                metadata(stats.getAttributes().getMetadata()),
                stats.getAttributes().getLabelsMap(),
                time(Math.max(cpu.getTimestamp(), memory.getTimestamp())),
                value(cpu.hasUsageCoreNanoSeconds() ? cpu.getUsageCoreNanoSeconds() : null),
                value(cpu.hasUsageNanoCores() ? cpu.getUsageNanoCores() : null),
                value(memory.hasWorkingSetBytes() ? memory.getWorkingSetBytes() : null),
                value(memory.hasUsageBytes() ? memory.getUsageBytes() : null),
                value(memory.hasRssBytes() ? memory.getRssBytes() : null),
                value(memory.hasPageFaults() ? memory.getPageFaults() : null),
                value(memory.hasMajorPageFaults() ? memory.getMajorPageFaults() : null),
                value(layer.hasUsedBytes() ? layer.getUsedBytes() : null),
                value(layer.hasInodesUsed() ? layer.getInodesUsed() : null));
    }

    static Optional<NetworkStats> network(PodSandboxStats stats) {
        if (!stats.getLinux().getNetwork().hasDefaultInterface()) {
            return Optional.empty();
        }
        var network = stats.getLinux().getNetwork();
        var device = network.getDefaultInterface();
        return Optional.of(new NetworkStats(
                stats.getAttributes().getId(),
                stats.getAttributes().getLabelsMap(),
                time(network.getTimestamp()),
                device.getName(),
                device.getRxBytes().getValue(),
                device.getRxErrors().getValue(),
                device.getTxBytes().getValue(),
                device.getTxErrors().getValue()));
    }

    private static OptionalLong value(@Nullable UInt64Value value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value.getValue());
    }

    private static OptionalLong unlessZero(long value) {
        return value == 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** CRI counts nanoseconds since the epoch. */
    static Instant time(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }

    private static Optional<Instant> optionalTime(long nanos) {
        return nanos <= 0 ? Optional.empty() : Optional.of(time(nanos));
    }

    /** The one table from gRPC's codes to the contract's reasons. */
    static RuntimeFailure failure(StatusRuntimeException e) {
        var status = e.getStatus();
        var text = status.getDescription() == null ? status.getCode().name() : status.getDescription();
        var reason = switch (status.getCode()) {
            case NOT_FOUND -> RuntimeFailure.Reason.NOT_FOUND;
            case ALREADY_EXISTS -> RuntimeFailure.Reason.ALREADY_EXISTS;
            case INVALID_ARGUMENT, OUT_OF_RANGE -> RuntimeFailure.Reason.INVALID_ARGUMENT;
            case UNIMPLEMENTED -> RuntimeFailure.Reason.UNIMPLEMENTED;
            case DEADLINE_EXCEEDED -> RuntimeFailure.Reason.DEADLINE_EXCEEDED;
            case UNAVAILABLE -> RuntimeFailure.Reason.UNAVAILABLE;
            case CANCELLED -> RuntimeFailure.Reason.CANCELLED;
            case OK,
                    UNKNOWN,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    INTERNAL,
                    DATA_LOSS,
                    UNAUTHENTICATED -> RuntimeFailure.Reason.UNKNOWN;
        };
        return new RuntimeFailure(reason, text, e);
    }
}
