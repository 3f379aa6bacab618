package dev.navarch.kubelet;

import dev.navarch.kubelet.cgroups.ResourceMath;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.ContainerConfig;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerSecurity;
import dev.navarch.kubelet.runtime.ContainerSecurity.GroupsPolicy;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.Mount;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.NamespaceOptions.Mode;
import dev.navarch.kubelet.runtime.PortMapping;
import dev.navarch.kubelet.runtime.SandboxConfig;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.kubelet.runtime.SandboxSecurity;
import dev.navarch.kubelet.runtime.SecurityProfile;
import dev.navarch.kubelet.volumes.PodVolumes.Mounted;
import dev.navarch.kubelet.volumes.SubPaths;
import dev.navarch.kubelet.volumes.Unix;
import dev.navarch.kubelet.volumes.VolumeFailure;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a pod's spec into what the runtime makes sandboxes and containers from.
 *
 * <p>Sources of the behaviour: kubernetes pkg/kubelet/kuberuntime (kuberuntime_sandbox.go, kuberuntime_container.go,
 * security_context.go), pkg/kubelet/kubelet_pods.go (makeMounts), pkg/securitycontext/util.go.
 *
 * @param seccompProfiles where localhost profiles are looked for
 * @param memoryCapacity of the node, in bytes
 */
record ContainerConfigs(PodPaths paths, PodDns dns, Path seccompProfiles, long memoryCapacity) {

    SandboxConfig sandbox(Pod pod, int attempt, String cgroupParent) {
        var meta = pod.getMetadata();
        var spec = pod.getSpec();
        Map<String, String> sysctls = new HashMap<>();
        var security = spec.getSecurityContext();
        if (security != null) {
            Pods.orEmpty(security.getSysctls())
                    .forEach(s -> sysctls.put(s.getName().replace('/', '.'), s.getValue()));
        }
        return new SandboxConfig(
                new SandboxMetadata(meta.getName(), meta.getUid(), meta.getNamespace(), attempt),
                Pods.hostNetwork(pod) ? "" : Pods.hostname(pod),
                paths.logs(pod).toString(),
                dns.of(pod),
                ports(pod),
                RuntimeLabels.ofSandbox(pod),
                RuntimeLabels.annotations(pod),
                cgroupParent,
                sysctls,
                new SandboxSecurity(
                        namespaces(pod, ""),
                        user(security == null ? null : security.getRunAsUser()),
                        user(security == null ? null : security.getRunAsGroup()),
                        false,
                        supplementalGroups(security),
                        Pods.members(pod).stream().anyMatch(m -> privileged(m.container())),
                        SecurityProfile.RUNTIME_DEFAULT,
                        SecurityProfile.RUNTIME_DEFAULT));
    }

    private static List<PortMapping> ports(Pod pod) {
        List<PortMapping> all = new ArrayList<>();
        for (var container : pod.getSpec().getContainers()) {
            for (var port : Pods.orEmpty(container.getPorts())) {
                if (port.getHostPort() != null && port.getHostPort() > 0) {
                    all.add(new PortMapping(
                            Objects.requireNonNullElse(port.getProtocol(), "TCP"),
                            port.getContainerPort(),
                            port.getHostPort(),
                            Objects.requireNonNullElse(port.getHostIP(), "")));
                }
            }
        }
        return all;
    }

    private static boolean privileged(Container container) {
        return container.getSecurityContext() != null
                && Boolean.TRUE.equals(container.getSecurityContext().getPrivileged());
    }

    private static NamespaceOptions namespaces(Pod pod, String target) {
        var spec = pod.getSpec();
        var pid = Boolean.TRUE.equals(spec.getHostPID())
                ? Mode.NODE
                : !target.isEmpty()
                        ? Mode.TARGET
                        : Boolean.TRUE.equals(spec.getShareProcessNamespace()) ? Mode.POD : Mode.CONTAINER;
        return new NamespaceOptions(
                Pods.hostNetwork(pod) ? Mode.NODE : Mode.POD,
                pid,
                Boolean.TRUE.equals(spec.getHostIPC()) ? Mode.NODE : Mode.POD,
                target);
    }

    private static OptionalLong user(@Nullable Long id) {
        return id == null ? OptionalLong.empty() : OptionalLong.of(id);
    }

    private static List<Long> supplementalGroups(@Nullable PodSecurityContext security) {
        List<Long> groups = new ArrayList<>();
        if (security != null) {
            groups.addAll(Pods.orEmpty(security.getSupplementalGroups()));
            if (security.getFsGroup() != null) {
                groups.add(security.getFsGroup());
            }
        }
        return groups;
    }

    /** What a container is started with besides its spec. */
    record Surroundings(
            String imageRef,
            Optional<Image> image,
            Map<String, String> environment,
            Map<String, Mounted> volumes,
            List<String> podIps,
            Function<String, Optional<String>> containerIds,
            int round) {}

    ContainerConfig container(Pod pod, Member member, int restartCount, Surroundings around)
            throws StartFailure, IOException {
        var container = member.container();
        var security = security(pod, member, around);
        return new ContainerConfig(
                new ContainerMetadata(container.getName(), restartCount),
                around.imageRef(),
                container.getImage(),
                Expansion.expand(Pods.orEmpty(container.getCommand()), around.environment()),
                Expansion.expand(Pods.orEmpty(container.getArgs()), around.environment()),
                Objects.requireNonNullElse(container.getWorkingDir(), ""),
                around.environment().entrySet().stream()
                        .map(e -> new ContainerConfig.EnvVar(e.getKey(), e.getValue()))
                        .toList(),
                mounts(pod, container, restartCount, around),
                List.of(),
                RuntimeLabels.ofContainer(pod, container.getName()),
                RuntimeLabels.annotations(pod, container, restartCount, around.round()),
                PodPaths.log(container.getName(), restartCount),
                Boolean.TRUE.equals(container.getStdin()),
                Boolean.TRUE.equals(container.getStdinOnce()),
                Boolean.TRUE.equals(container.getTty()),
                ResourceMath.of(pod, container, memoryCapacity),
                security,
                container.getLifecycle() == null
                        ? Optional.empty()
                        : Optional.ofNullable(container.getLifecycle().getStopSignal()),
                Pods.purpose(pod, member.role()));
    }

    private ContainerSecurity security(Pod pod, Member member, Surroundings around) throws StartFailure {
        var podContext = pod.getSpec().getSecurityContext();
        var shared = podContext == null ? new PodSecurityContext() : podContext;
        var own = member.container().getSecurityContext();
        var context = own == null ? new SecurityContext() : own;
        var runAsUser = context.getRunAsUser() == null ? shared.getRunAsUser() : context.getRunAsUser();
        var runAsGroup = context.getRunAsGroup() == null ? shared.getRunAsGroup() : context.getRunAsGroup();
        var nonRoot = context.getRunAsNonRoot() == null ? shared.getRunAsNonRoot() : context.getRunAsNonRoot();
        var uid = user(runAsUser);
        var username = "";
        if (uid.isEmpty() && around.image().isPresent()) {
            uid = around.image().get().uid();
            username = uid.isPresent() ? "" : around.image().get().username();
        }
        if (Boolean.TRUE.equals(nonRoot)) {
            verifyNonRoot(pod, member.container(), runAsUser, uid, username);
        }
        boolean privileged = Boolean.TRUE.equals(context.getPrivileged());
        boolean unmasked = privileged || "Unmasked".equals(context.getProcMount());
        var capabilities = context.getCapabilities();
        return new ContainerSecurity(
                privileged,
                capabilities == null ? List.of() : capabilityNames(capabilities.getAdd()),
                capabilities == null ? List.of() : capabilityNames(capabilities.getDrop()),
                namespaces(pod, target(pod, member, around)),
                uid,
                username,
                user(runAsGroup),
                supplementalGroups(podContext),
                "Strict".equals(shared.getSupplementalGroupsPolicy()) ? GroupsPolicy.STRICT : GroupsPolicy.MERGE,
                Boolean.TRUE.equals(context.getReadOnlyRootFilesystem()),
                Boolean.FALSE.equals(context.getAllowPrivilegeEscalation()),
                unmasked ? List.of() : ContainerSecurity.DEFAULT_MASKED_PATHS,
                unmasked ? List.of() : ContainerSecurity.DEFAULT_READONLY_PATHS,
                seccomp(context.getSeccompProfile() == null ? shared.getSeccompProfile() : context.getSeccompProfile()),
                SecurityProfile.RUNTIME_DEFAULT);
    }

    private static List<String> capabilityNames(@Nullable List<String> names) {
        return Pods.orEmpty(names).stream()
                .map(n -> n.startsWith("CAP_") ? n.substring(4) : n)
                .toList();
    }

    private static String target(Pod pod, Member member, Surroundings around) {
        if (member.role() != Role.EPHEMERAL) {
            return "";
        }
        return Pods.orEmpty(pod.getSpec().getEphemeralContainers()).stream()
                .filter(c -> c.getName().equals(member.name()) && c.getTargetContainerName() != null)
                .findFirst()
                .flatMap(c -> around.containerIds().apply(c.getTargetContainerName()))
                .orElse("");
    }

    private static void verifyNonRoot(
            Pod pod, Container container, @Nullable Long asked, OptionalLong uid, String username) throws StartFailure {
        var where = " (pod: \"" + Pods.describe(pod) + "\", container: " + container.getName() + ")";
        if (asked != null && asked == 0) {
            throw new StartFailure(
                    "CreateContainerConfigError", "container's runAsUser breaks non-root policy" + where);
        }
        if (asked == null && !username.isEmpty()) {
            throw new StartFailure(
                    "CreateContainerConfigError",
                    "container has runAsNonRoot and image has non-numeric user (" + username
                            + "), cannot verify user is non-root" + where);
        }
        if (asked == null && uid.orElse(0) == 0) {
            throw new StartFailure(
                    "CreateContainerConfigError", "container has runAsNonRoot and image will run as root" + where);
        }
    }

    private SecurityProfile seccomp(@Nullable SeccompProfile profile) {
        if (profile == null) {
            return SecurityProfile.UNCONFINED;
        }
        return switch (profile.getType()) {
            case "RuntimeDefault" -> SecurityProfile.RUNTIME_DEFAULT;
            case "Localhost" ->
                new SecurityProfile(
                        SecurityProfile.Type.LOCALHOST,
                        seccompProfiles.resolve(profile.getLocalhostProfile()).toString());
            default -> SecurityProfile.UNCONFINED;
        };
    }

    private List<Mount> mounts(Pod pod, Container container, int restartCount, Surroundings around)
            throws StartFailure, IOException {
        List<Mount> all = new ArrayList<>();
        boolean ownHosts = false;
        for (var mount : Pods.orEmpty(container.getVolumeMounts())) {
            ownHosts |= mount.getMountPath().equals("/etc/hosts");
            all.add(mount(mount, around));
        }
        var directory = paths.pod(Pods.uid(pod));
        if (!ownHosts
                && (!Pods.hostNetwork(pod)
                        || !Pods.orEmpty(pod.getSpec().getHostAliases()).isEmpty())) {
            Files.createDirectories(directory);
            var hosts = directory.resolve("etc-hosts");
            HostsFile.write(hosts, pod, around.podIps(), dns.domain());
            all.add(Mount.of("/etc/hosts", hosts.toString(), false));
        }
        var messages = directory.resolve("containers").resolve(container.getName());
        Files.createDirectories(messages);
        var message = messages.resolve(Integer.toString(restartCount));
        if (!Files.exists(message)) {
            Files.createFile(message);
        }
        Unix.chmod(message, 0666);
        all.add(Mount.of(Pods.terminationMessagePath(container), message.toString(), false));
        return all;
    }

    private static Mount mount(VolumeMount mount, Surroundings around) throws StartFailure, IOException {
        var volume = around.volumes().get(mount.getName());
        if (volume == null) {
            throw new StartFailure(
                    "CreateContainerConfigError",
                    "cannot find volume \"" + mount.getName() + "\" to mount into container");
        }
        var path = volume.path();
        var subPath = mount.getSubPathExpr() == null || mount.getSubPathExpr().isEmpty()
                ? mount.getSubPath()
                : Expansion.expand(mount.getSubPathExpr(), around.environment());
        if (subPath != null && !subPath.isEmpty()) {
            try {
                path = SubPaths.resolve(path, subPath);
            } catch (VolumeFailure e) {
                throw new StartFailure("CreateContainerConfigError", e.getMessage(), e);
            }
        }
        boolean readOnly = volume.readOnly() || Boolean.TRUE.equals(mount.getReadOnly());
        var propagation = Objects.requireNonNullElse(mount.getMountPropagation(), "None");
        return new Mount(
                mount.getMountPath().startsWith("/") ? mount.getMountPath() : "/" + mount.getMountPath(),
                path.toString(),
                readOnly,
                readOnly && "Enabled".equals(mount.getRecursiveReadOnly()),
                switch (propagation) {
                    case "HostToContainer" -> Mount.Propagation.HOST_TO_CONTAINER;
                    case "Bidirectional" -> Mount.Propagation.BIDIRECTIONAL;
                    default -> Mount.Propagation.PRIVATE;
                },
                false);
    }
}
