package dev.navarch.runtime.cri;

import com.google.protobuf.ByteString;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerSecurity;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.Mount;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.PortMapping;
import dev.navarch.kubelet.runtime.RegistryAuth;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxFilter;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SecurityProfile;
import dev.navarch.runtime.cri.v1.AuthConfig;
import dev.navarch.runtime.cri.v1.Capability;
import dev.navarch.runtime.cri.v1.ContainerMetadata;
import dev.navarch.runtime.cri.v1.ContainerStateValue;
import dev.navarch.runtime.cri.v1.DNSConfig;
import dev.navarch.runtime.cri.v1.Device;
import dev.navarch.runtime.cri.v1.HugepageLimit;
import dev.navarch.runtime.cri.v1.ImageSpec;
import dev.navarch.runtime.cri.v1.Int64Value;
import dev.navarch.runtime.cri.v1.KeyValue;
import dev.navarch.runtime.cri.v1.LinuxContainerConfig;
import dev.navarch.runtime.cri.v1.LinuxContainerResources;
import dev.navarch.runtime.cri.v1.LinuxContainerSecurityContext;
import dev.navarch.runtime.cri.v1.LinuxPodSandboxConfig;
import dev.navarch.runtime.cri.v1.LinuxSandboxSecurityContext;
import dev.navarch.runtime.cri.v1.MountPropagation;
import dev.navarch.runtime.cri.v1.NamespaceMode;
import dev.navarch.runtime.cri.v1.NamespaceOption;
import dev.navarch.runtime.cri.v1.PodSandboxConfig;
import dev.navarch.runtime.cri.v1.PodSandboxFilter;
import dev.navarch.runtime.cri.v1.PodSandboxMetadata;
import dev.navarch.runtime.cri.v1.PodSandboxState;
import dev.navarch.runtime.cri.v1.PodSandboxStateValue;
import dev.navarch.runtime.cri.v1.Protocol;
import dev.navarch.runtime.cri.v1.SupplementalGroupsPolicy;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** The contract's records as CRI messages. */
final class ToCri {
    /** The interface numbers signals by the alphabet, from 1 (source: api.proto, enum Signal). */
    private static final List<String> SIGNALS = List.of(
            "SIGABRT",
            "SIGALRM",
            "SIGBUS",
            "SIGCHLD",
            "SIGCLD",
            "SIGCONT",
            "SIGFPE",
            "SIGHUP",
            "SIGILL",
            "SIGINT",
            "SIGIO",
            "SIGIOT",
            "SIGKILL",
            "SIGPIPE",
            "SIGPOLL",
            "SIGPROF",
            "SIGPWR",
            "SIGQUIT",
            "SIGSEGV",
            "SIGSTKFLT",
            "SIGSTOP",
            "SIGSYS",
            "SIGTERM",
            "SIGTRAP",
            "SIGTSTP",
            "SIGTTIN",
            "SIGTTOU",
            "SIGURG",
            "SIGUSR1",
            "SIGUSR2",
            "SIGVTALRM",
            "SIGWINCH",
            "SIGXCPU",
            "SIGXFSZ",
            "SIGRTMIN");

    private ToCri() {}

    static PodSandboxConfig sandbox(SandboxConfig config) {
        var security = config.security();
        var context = LinuxSandboxSecurityContext.newBuilder()
                .setNamespaceOptions(namespaces(security.namespaces()))
                .setReadonlyRootfs(security.readonlyRootfs())
                .addAllSupplementalGroups(security.supplementalGroups())
                .setPrivileged(security.privileged())
                .setSeccomp(profile(security.seccomp()));
        appArmor(security.appArmor()).ifPresent(context::setApparmor);
        security.runAsUser().ifPresent(u -> context.setRunAsUser(number(u)));
        security.runAsGroup().ifPresent(g -> context.setRunAsGroup(number(g)));
        var metadata = config.metadata();
        return PodSandboxConfig.newBuilder()
                .setMetadata(PodSandboxMetadata.newBuilder()
                        .setName(metadata.name())
                        .setUid(metadata.uid())
                        .setNamespace(metadata.namespace())
                        .setAttempt(metadata.attempt()))
                .setHostname(config.hostname())
                .setLogDirectory(config.logDirectory())
                .setDnsConfig(DNSConfig.newBuilder()
                        .addAllServers(config.dns().servers())
                        .addAllSearches(config.dns().searches())
                        .addAllOptions(config.dns().options()))
                .addAllPortMappings(
                        config.portMappings().stream().map(ToCri::port).toList())
                .putAllLabels(config.labels())
                .putAllAnnotations(config.annotations())
                .setLinux(LinuxPodSandboxConfig.newBuilder()
                        .setCgroupParent(config.cgroupParent())
                        .putAllSysctls(config.sysctls())
                        .setSecurityContext(context))
                .build();
    }

    private static dev.navarch.runtime.cri.v1.PortMapping port(PortMapping port) {
        return dev.navarch.runtime.cri.v1.PortMapping.newBuilder()
                .setProtocol(Protocol.valueOf(port.protocol().toUpperCase(Locale.ROOT)))
                .setContainerPort(port.containerPort())
                .setHostPort(port.hostPort())
                .setHostIp(port.hostIp())
                .build();
    }

    private static NamespaceOption namespaces(NamespaceOptions options) {
        return NamespaceOption.newBuilder()
                .setNetwork(mode(options.network()))
                .setPid(mode(options.pid()))
                .setIpc(mode(options.ipc()))
                .setTargetId(options.targetId())
                .build();
    }

    private static NamespaceMode mode(NamespaceOptions.Mode mode) {
        return switch (mode) {
            case POD -> NamespaceMode.POD;
            case CONTAINER -> NamespaceMode.CONTAINER;
            case NODE -> NamespaceMode.NODE;
            case TARGET -> NamespaceMode.TARGET;
        };
    }

    private static dev.navarch.runtime.cri.v1.SecurityProfile profile(SecurityProfile profile) {
        var type = switch (profile.type()) {
            case RUNTIME_DEFAULT -> dev.navarch.runtime.cri.v1.SecurityProfile.ProfileType.RuntimeDefault;
            case UNCONFINED -> dev.navarch.runtime.cri.v1.SecurityProfile.ProfileType.Unconfined;
            case LOCALHOST -> dev.navarch.runtime.cri.v1.SecurityProfile.ProfileType.Localhost;
        };
        return dev.navarch.runtime.cri.v1.SecurityProfile.newBuilder()
                .setProfileType(type)
                .setLocalhostRef(profile.localhostRef())
                .build();
    }

    /** Unset is the engine's default where the host has AppArmor; asking for it elsewhere is refused. */
    private static Optional<dev.navarch.runtime.cri.v1.SecurityProfile> appArmor(SecurityProfile profile) {
        return profile.type() == SecurityProfile.Type.RUNTIME_DEFAULT
                ? Optional.empty()
                : Optional.of(profile(profile));
    }

    private static Int64Value number(long value) {
        return Int64Value.newBuilder().setValue(value).build();
    }

    static dev.navarch.runtime.cri.v1.ContainerConfig container(ContainerConfig config) {
        var metadata = config.metadata();
        return dev.navarch.runtime.cri.v1.ContainerConfig.newBuilder()
                .setMetadata(
                        ContainerMetadata.newBuilder().setName(metadata.name()).setAttempt(metadata.attempt()))
                .setImage(ImageSpec.newBuilder().setImage(config.image()).setUserSpecifiedImage(config.userImage()))
                .addAllCommand(config.command())
                .addAllArgs(config.args())
                .setWorkingDir(config.workingDir())
                .addAllEnvs(config.env().stream()
                        .map(e -> KeyValue.newBuilder()
                                .setKey(e.name())
                                .setValue(ByteString.copyFromUtf8(e.value()))
                                .build())
                        .toList())
                .addAllMounts(config.mounts().stream().map(ToCri::mount).toList())
                .addAllDevices(config.devices().stream()
                        .map(d -> Device.newBuilder()
                                .setHostPath(d.hostPath())
                                .setContainerPath(d.containerPath())
                                .setPermissions(d.permissions())
                                .build())
                        .toList())
                .putAllLabels(config.labels())
                .putAllAnnotations(config.annotations())
                .setLogPath(config.logPath())
                .setStdin(config.stdin())
                .setStdinOnce(config.stdinOnce())
                .setTty(config.tty())
                .setStopSignal(config.stopSignal().map(ToCri::signal).orElse(0))
                .setLinux(LinuxContainerConfig.newBuilder()
                        .setResources(resources(config.resources()))
                        .setSecurityContext(security(config.security())))
                .build();
    }

    private static int signal(String name) {
        int index = SIGNALS.indexOf(name);
        if (index < 0) {
            throw new RuntimeFailure(RuntimeFailure.Reason.INVALID_ARGUMENT, "unknown stop signal " + name);
        }
        return index + 1;
    }

    private static dev.navarch.runtime.cri.v1.Mount mount(Mount mount) {
        var propagation = switch (mount.propagation()) {
            case PRIVATE -> MountPropagation.PROPAGATION_PRIVATE;
            case HOST_TO_CONTAINER -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
            case BIDIRECTIONAL -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
        };
        return dev.navarch.runtime.cri.v1.Mount.newBuilder()
                .setContainerPath(mount.containerPath())
                .setHostPath(mount.hostPath())
                .setReadonly(mount.readonly())
                .setRecursiveReadOnly(mount.recursiveReadOnly())
                .setPropagation(propagation)
                .setSelinuxRelabel(mount.selinuxRelabel())
                .build();
    }

    private static LinuxContainerSecurityContext security(ContainerSecurity security) {
        var context = LinuxContainerSecurityContext.newBuilder()
                .setPrivileged(security.privileged())
                .setCapabilities(Capability.newBuilder()
                        .addAllAddCapabilities(security.addCapabilities())
                        .addAllDropCapabilities(security.dropCapabilities()))
                .setNamespaceOptions(namespaces(security.namespaces()))
                .setRunAsUsername(security.runAsUsername())
                .addAllSupplementalGroups(security.supplementalGroups())
                .setSupplementalGroupsPolicy(
                        switch (security.groupsPolicy()) {
                            case MERGE -> SupplementalGroupsPolicy.Merge;
                            case STRICT -> SupplementalGroupsPolicy.Strict;
                        })
                .setReadonlyRootfs(security.readonlyRootfs())
                .setNoNewPrivs(security.noNewPrivileges())
                .addAllMaskedPaths(security.maskedPaths())
                .addAllReadonlyPaths(security.readonlyPaths())
                .setSeccomp(profile(security.seccomp()));
        appArmor(security.appArmor()).ifPresent(context::setApparmor);
        security.runAsUser().ifPresent(u -> context.setRunAsUser(number(u)));
        security.runAsGroup().ifPresent(g -> context.setRunAsGroup(number(g)));
        return context.build();
    }

    static LinuxContainerResources resources(LinuxResources resources) {
        return LinuxContainerResources.newBuilder()
                .setCpuPeriod(orZero(resources.cpuPeriodMicros()))
                .setCpuQuota(orZero(resources.cpuQuotaMicros()))
                .setCpuShares(orZero(resources.cpuShares()))
                .setMemoryLimitInBytes(orZero(resources.memoryLimitBytes()))
                .setMemorySwapLimitInBytes(orZero(resources.memorySwapLimitBytes()))
                .setOomScoreAdj(resources.oomScoreAdj().orElse(0))
                .setCpusetCpus(resources.cpusetCpus())
                .setCpusetMems(resources.cpusetMems())
                .addAllHugepageLimits(resources.hugepageLimitBytes().entrySet().stream()
                        .map(e -> HugepageLimit.newBuilder()
                                .setPageSize(e.getKey())
                                .setLimit(e.getValue())
                                .build())
                        .toList())
                .putAllUnified(resources.unified())
                .build();
    }

    private static long orZero(OptionalLong value) {
        return value.orElse(0);
    }

    static PodSandboxFilter filter(SandboxFilter filter) {
        var out = PodSandboxFilter.newBuilder().putAllLabelSelector(filter.labels());
        filter.id().ifPresent(out::setId);
        filter.state()
                .ifPresent(s -> out.setState(PodSandboxStateValue.newBuilder()
                        .setState(
                                s == SandboxState.READY
                                        ? PodSandboxState.SANDBOX_READY
                                        : PodSandboxState.SANDBOX_NOTREADY)));
        return out.build();
    }

    static dev.navarch.runtime.cri.v1.ContainerFilter filter(ContainerFilter filter) {
        var out = dev.navarch.runtime.cri.v1.ContainerFilter.newBuilder().putAllLabelSelector(filter.labels());
        filter.id().ifPresent(out::setId);
        filter.sandboxId().ifPresent(out::setPodSandboxId);
        filter.state()
                .ifPresent(s -> out.setState(ContainerStateValue.newBuilder().setState(state(s))));
        return out.build();
    }

    private static dev.navarch.runtime.cri.v1.ContainerState state(ContainerState state) {
        return switch (state) {
            case CREATED -> dev.navarch.runtime.cri.v1.ContainerState.CONTAINER_CREATED;
            case RUNNING -> dev.navarch.runtime.cri.v1.ContainerState.CONTAINER_RUNNING;
            case EXITED -> dev.navarch.runtime.cri.v1.ContainerState.CONTAINER_EXITED;
            case UNKNOWN -> dev.navarch.runtime.cri.v1.ContainerState.CONTAINER_UNKNOWN;
        };
    }

    static AuthConfig auth(RegistryAuth auth) {
        return AuthConfig.newBuilder()
                .setUsername(auth.username())
                .setPassword(auth.password())
                .setAuth(auth.auth())
                .setServerAddress(auth.serverAddress())
                .setIdentityToken(auth.identityToken())
                .setRegistryToken(auth.registryToken())
                .build();
    }
}
