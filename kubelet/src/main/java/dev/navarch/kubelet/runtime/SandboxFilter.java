package dev.navarch.kubelet.runtime;

import java.util.Map;
import java.util.Optional;

/** Selects sandboxes: all that is given must match. */
public record SandboxFilter(Optional<String> id, Optional<SandboxState> state, Map<String, String> labels) {
    public static final SandboxFilter ALL = new SandboxFilter(Optional.empty(), Optional.empty(), Map.of());

    public SandboxFilter {
        labels = Map.copyOf(labels);
    }

    public static SandboxFilter withLabels(Map<String, String> labels) {
        return new SandboxFilter(Optional.empty(), Optional.empty(), labels);
    }
}
