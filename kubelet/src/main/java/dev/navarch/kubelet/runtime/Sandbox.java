package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.Map;

/** A line of the list of sandboxes. */
public record Sandbox(
        String id,
        SandboxMetadata metadata,
        SandboxState state,
        Instant createdAt,
        Map<String, String> labels,
        Map<String, String> annotations) {

    public Sandbox {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
