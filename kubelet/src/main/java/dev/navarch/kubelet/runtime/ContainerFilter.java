package dev.navarch.kubelet.runtime;

import java.util.Map;
import java.util.Optional;

/** Selects containers: all that is given must match. */
public record ContainerFilter(
        Optional<String> id, Optional<String> sandboxId, Optional<ContainerState> state, Map<String, String> labels) {
    public static final ContainerFilter ALL =
            new ContainerFilter(Optional.empty(), Optional.empty(), Optional.empty(), Map.of());

    public ContainerFilter {
        labels = Map.copyOf(labels);
    }

    public static ContainerFilter withLabels(Map<String, String> labels) {
        return new ContainerFilter(Optional.empty(), Optional.empty(), Optional.empty(), labels);
    }

    public static ContainerFilter inSandbox(String sandboxId) {
        return new ContainerFilter(Optional.empty(), Optional.of(sandboxId), Optional.empty(), Map.of());
    }
}
