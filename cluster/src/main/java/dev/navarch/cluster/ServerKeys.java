package dev.navarch.cluster;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keys and certificates that somebody else provides for the API server, in files of PEM that may change while it runs; named
 * as kube-apiserver's options {@code --tls-cert-file}, {@code --tls-private-key-file},
 * {@code --service-account-signing-key-file} and {@code --service-account-key-file}.
 *
 * @param serving what the server shows; the cluster's own if empty
 * @param signing signs tokens of service accounts; the cluster's own key if empty
 * @param accepted whose tokens are accepted, beside the cluster's own keys unless {@code signing} is given
 */
public record ServerKeys(Optional<Serving> serving, Optional<Path> signing, List<Path> accepted) {
    /** All are the cluster's own. */
    public static final ServerKeys OWN = new ServerKeys(Optional.empty(), Optional.empty(), List.of());

    /** A certificate, with those of its authorities behind it, and its key. */
    public record Serving(Path certificate, Path key) {
        public Serving {
            requireNonNull(certificate);
            requireNonNull(key);
        }
    }

    public ServerKeys {
        requireNonNull(serving);
        requireNonNull(signing);
        accepted = List.copyOf(accepted);
        if (signing.isPresent() && accepted.isEmpty()) {
            throw new ConfigException(
                    "service-account-signing-key-file",
                    signing.get(),
                    "either `--service-account-key-file` or `--service-account-signing-endpoint` must be set");
        }
    }
}
