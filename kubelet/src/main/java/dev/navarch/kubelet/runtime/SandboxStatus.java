package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A sandbox in full.
 *
 * @param ips the pod's addresses, the first one the primary; empty on the host's network
 */
public record SandboxStatus(
        String id,
        SandboxMetadata metadata,
        SandboxState state,
        Instant createdAt,
        List<String> ips,
        NamespaceOptions namespaces,
        Map<String, String> labels,
        Map<String, String> annotations,
        String runtimeHandler) {

    public SandboxStatus {
        ips = List.copyOf(ips);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
