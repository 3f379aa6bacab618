package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.OptionalLong;

/**
 * An image that is present.
 *
 * @param id the digest of its configuration, e.g. {@code sha256:…}
 * @param repoTags names with tags, normalized, e.g. {@code docker.io/library/busybox:1.36}
 * @param repoDigests names with digests
 * @param uid the user it runs as, if numeric; empty is root unless {@code username} says otherwise
 * @param username the user it runs as, if named; "" otherwise
 * @param pinned never removed by garbage collection
 */
public record Image(
        String id,
        List<String> repoTags,
        List<String> repoDigests,
        long sizeBytes,
        OptionalLong uid,
        String username,
        boolean pinned) {

    public Image {
        repoTags = List.copyOf(repoTags);
        repoDigests = List.copyOf(repoDigests);
    }
}
