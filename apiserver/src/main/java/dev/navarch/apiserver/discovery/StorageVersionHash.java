package dev.navarch.apiserver.discovery;

import dev.navarch.api.ResourceType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/** Tells clients when a resource is stored in another form (source: k8s.io/apiserver pkg/endpoints/discovery/storageversionhash.go). */
final class StorageVersionHash {
    private static final int LENGTH = 8;

    private StorageVersionHash() {}

    /** @param type the version that is stored */
    static String of(ResourceType type) {
        var text = type.group() + "/" + type.version() + "/" + type.kind();
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(Arrays.copyOf(hash, LENGTH));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
