package dev.navarch.cluster;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.encryption.Encryption;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * An EncryptionConfiguration; named as kube-apiserver's flags {@code --encryption-provider-config...}.
 *
 * @param follow whether the file is read again when it changes
 */
public record EncryptionFile(Path file, boolean follow) {
    public EncryptionFile {
        requireNonNull(file);
    }

    /**
     * @param server names this server
     * @throws ConfigException if the file can't be used
     */
    Encryption open(TimeSource time, String server) {
        try {
            return Encryption.read(file, follow, KmsSocket::new, time, new SecureRandom(), server);
        } catch (IOException e) {
            throw new ConfigException("encryption-provider-config", file, "can't be read: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("encryption-provider-config", file, String.valueOf(e.getMessage()));
        }
    }
}
