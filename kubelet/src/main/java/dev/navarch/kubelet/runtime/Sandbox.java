package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;

/** A line of the list of sandboxes. */
public record Sandbox(
        String id,
        SandboxMetadata metadata,
        SandboxState state,
        Instant createdAt,
        Map<String, String> labels,
        Map<String, String> annotations) {

    /** By the time they were made; attempts of one instant, as a coarse clock gives them, by their number. */
    public static final Comparator<Sandbox> OLDEST_FIRST = Comparator.comparing(Sandbox::createdAt)
            .thenComparing(c -> c.metadata().attempt());

    public Sandbox {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
