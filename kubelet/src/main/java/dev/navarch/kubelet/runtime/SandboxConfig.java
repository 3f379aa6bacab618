package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.Map;

/**
 * What a sandbox is made from.
 *
 * @param hostname "" for pods on the host's network
 * @param logDirectory absolute; the log paths of containers are relative to it
 * @param cgroupParent the pod's cgroup, absolute below the cgroup root, e.g. {@code /navarch-1/kubepods/burstable/podX}
 * @param sysctls kernel settings of the pod's namespaces
 */
public record SandboxConfig(
        SandboxMetadata metadata,
        String hostname,
        String logDirectory,
        DnsConfig dns,
        List<PortMapping> portMappings,
        Map<String, String> labels,
        Map<String, String> annotations,
        String cgroupParent,
        Map<String, String> sysctls,
        SandboxSecurity security) {

    public SandboxConfig {
        portMappings = List.copyOf(portMappings);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        sysctls = Map.copyOf(sysctls);
    }

    /** The smallest configuration: a pod network of its own, nothing else. */
    public static SandboxConfig of(SandboxMetadata metadata, String logDirectory) {
        return new SandboxConfig(
                metadata,
                metadata.name(),
                logDirectory,
                DnsConfig.NONE,
                List.of(),
                Map.of(),
                Map.of(),
                "",
                Map.of(),
                SandboxSecurity.DEFAULT);
    }

    public SandboxConfig withLogDirectory(String value) {
        return new SandboxConfig(
                metadata, hostname, value, dns, portMappings, labels, annotations, cgroupParent, sysctls, security);
    }

    public SandboxConfig withLabels(Map<String, String> values) {
        return new SandboxConfig(
                metadata,
                hostname,
                logDirectory,
                dns,
                portMappings,
                values,
                annotations,
                cgroupParent,
                sysctls,
                security);
    }
}
