package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.OptionalLong;

/**
 * The security settings of a container, CRI's LinuxContainerSecurityContext.
 *
 * @param addCapabilities without the prefix {@code CAP_}; {@code ALL} is every one
 * @param runAsUser a uid; empty with an empty {@code runAsUsername} is the image's user
 * @param runAsGroup only with a user
 * @param maskedPaths in place of the default ones; empty masks nothing
 * @param readonlyPaths likewise
 */
public record ContainerSecurity(
        boolean privileged,
        List<String> addCapabilities,
        List<String> dropCapabilities,
        NamespaceOptions namespaces,
        OptionalLong runAsUser,
        String runAsUsername,
        OptionalLong runAsGroup,
        List<Long> supplementalGroups,
        GroupsPolicy groupsPolicy,
        boolean readonlyRootfs,
        boolean noNewPrivileges,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        SecurityProfile seccomp,
        SecurityProfile appArmor) {

    /** Whether the groups that the image gives its user are kept beside the supplemental ones. */
    public enum GroupsPolicy {
        MERGE,
        STRICT
    }

    /** The paths that Kubernetes masks by default (source: kubernetes pkg/securitycontext/util.go). */
    public static final List<String> DEFAULT_MASKED_PATHS = List.of(
            "/proc/asound",
            "/proc/acpi",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");

    /** The paths that Kubernetes makes read-only by default (source: kubernetes pkg/securitycontext/util.go). */
    public static final List<String> DEFAULT_READONLY_PATHS =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    public static final ContainerSecurity DEFAULT = new ContainerSecurity(
            false,
            List.of(),
            List.of(),
            NamespaceOptions.POD,
            OptionalLong.empty(),
            "",
            OptionalLong.empty(),
            List.of(),
            GroupsPolicy.MERGE,
            false,
            false,
            DEFAULT_MASKED_PATHS,
            DEFAULT_READONLY_PATHS,
            SecurityProfile.UNCONFINED,
            SecurityProfile.RUNTIME_DEFAULT);

    public ContainerSecurity {
        addCapabilities = List.copyOf(addCapabilities);
        dropCapabilities = List.copyOf(dropCapabilities);
        supplementalGroups = List.copyOf(supplementalGroups);
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
    }
}
