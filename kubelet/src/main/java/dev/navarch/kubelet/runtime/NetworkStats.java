package dev.navarch.kubelet.runtime;

import java.time.Instant;
import java.util.Map;

/**
 * What went over a sandbox's first network interface since it was made.
 *
 * @param labels the sandbox's
 */
public record NetworkStats(
        String sandboxId,
        Map<String, String> labels,
        Instant at,
        String device,
        long receivedBytes,
        long receiveErrors,
        long sentBytes,
        long sendErrors) {

    public NetworkStats {
        labels = Map.copyOf(labels);
    }
}
