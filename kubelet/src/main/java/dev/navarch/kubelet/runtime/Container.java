package dev.navarch.kubelet.runtime;

import java.time.Instant;
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

    public Container {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }
}
