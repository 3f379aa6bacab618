package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container in full.
 *
 * @param exitCode meaningful when {@code state} is {@code EXITED}; 128 + n when signal n ended it
 * @param image the reference the user gave, or the nearest the engine knows
 * @param imageRef the image's digest reference or id, as shown in a pod's {@code imageID}
 * @param reason one word of the engine, e.g. {@code Completed}, {@code Error}, {@code OOMKilled}; "" while it lives
 * @param logPath absolute
 */
public record ContainerStatus(
        String id,
        ContainerMetadata metadata,
        ContainerState state,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt,
        int exitCode,
        String image,
        String imageRef,
        String imageId,
        String reason,
        String message,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Mount> mounts,
        String logPath,
        LinuxResources resources) {

    public ContainerStatus {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        mounts = List.copyOf(mounts);
    }
}
