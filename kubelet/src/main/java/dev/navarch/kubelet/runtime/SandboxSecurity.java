package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.OptionalLong;

/** The security settings of a sandbox, CRI's LinuxSandboxSecurityContext. */
public record SandboxSecurity(
        NamespaceOptions namespaces,
        OptionalLong runAsUser,
        OptionalLong runAsGroup,
        boolean readonlyRootfs,
        List<Long> supplementalGroups,
        boolean privileged,
        SecurityProfile seccomp,
        SecurityProfile appArmor) {

    public static final SandboxSecurity DEFAULT = new SandboxSecurity(
            NamespaceOptions.POD,
            OptionalLong.empty(),
            OptionalLong.empty(),
            false,
            List.of(),
            false,
            SecurityProfile.RUNTIME_DEFAULT,
            SecurityProfile.RUNTIME_DEFAULT);

    public SandboxSecurity {
        supplementalGroups = List.copyOf(supplementalGroups);
    }
}
