package dev.navarch.cluster;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells the clusters of one machine apart: eight hexadecimal digits made from the data directory, so that the next
 * start, and {@code navarch down} after a crash, find what belongs to it.
 */
public record ClusterId(String value) {

    static ClusterId of(Path dataDir) {
        try {
            var digest = MessageDigest.getInstance("SHA-256")
                    .digest(dataDir.toString().getBytes(StandardCharsets.UTF_8));
            return new ClusterId(HexFormat.of().formatHex(digest, 0, 4));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sockets and pid files; short, since a socket's path may have 108 bytes. */
    public Path runDir() {
        return Path.of("/run/navarch-" + value);
    }

    @Override
    public String toString() {
        return value;
    }
}
