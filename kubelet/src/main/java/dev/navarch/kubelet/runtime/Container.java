package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;

/** A line of the list of containers. */
public record Container(
        String id,
        String sandboxId,
        ContainerMetadata metadata,
        String image,
        String imageRef,
        ContainerState state,
        Instant createdAt,
        Map<String, String> labels,
        Map<String, String> annotations) {

    /** By the time they were made; attempts of one instant, as a coarse clock gives them, by their number. */
    public static final Comparator<Container> OLDEST_FIRST = Comparator.comparing(Container::createdAt)
            .thenComparing(c -> c.metadata().attempt());

    public Container {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
