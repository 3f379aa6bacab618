package dev.navarch.cli;

import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.ServerKeys;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which of the API server's keys somebody else provides; all of these files may change while it runs. */
final class KeyOptions {
    /** The names that they have in a file. */
    static final Set<String> KEYS =
            Set.of("tlsCertFile", "tlsPrivateKeyFile", "serviceAccountKeyFile", "serviceAccountSigningKeyFile");

    @Option(
            names = "--tls-cert-file",
            paramLabel = "FILE",
            description = "The certificate that the API server shows, PEM, with those of its authorities behind it;"
                    + " default one of the cluster's own.")
    @Nullable
    Path tlsCertFile;

    @Option(names = "--tls-private-key-file", paramLabel = "FILE", description = "The key of that certificate, PEM.")
    @Nullable
    Path tlsPrivateKeyFile;

    @Option(
            names = "--service-account-key-file",
            paramLabel = "FILE",
            description = "Keys, PEM, whose service-account tokens are accepted; any number of times.")
    @Nullable
    List<Path> serviceAccountKeyFile;

    @Option(
            names = "--service-account-signing-key-file",
            paramLabel = "FILE",
            description = "The key, PEM, that signs service-account tokens; default one of the cluster's own.")
    @Nullable
    Path serviceAccountSigningKeyFile;

    ServerKeys chosen(SettingsFile file) {
        var certificate = file.path(tlsCertFile, "tlsCertFile");
        var key = file.path(tlsPrivateKeyFile, "tlsPrivateKeyFile");
        if (certificate.isPresent() != key.isPresent()) {
            throw new ConfigException(
                    certificate.isPresent() ? "tls-cert-file" : "tls-private-key-file",
                    certificate.or(() -> key).orElseThrow(),
                    "tls-cert-file and tls-private-key-file must be specified together");
        }
        var accepted = serviceAccountKeyFile != null
                ? serviceAccountKeyFile
                : file.texts(null, "serviceAccountKeyFile").stream()
                        .map(Path::of)
                        .toList();
        return new ServerKeys(
                certificate.map(given -> new ServerKeys.Serving(given, key.orElseThrow())),
                AuthenticationOptions.readable(
                        "service-account-signing-key-file",
                        file.path(serviceAccountSigningKeyFile, "serviceAccountSigningKeyFile")),
                accepted.stream()
                        .map(path -> AuthenticationOptions.readable("service-account-key-file", Optional.of(path))
                                .orElseThrow())
                        .toList());
    }
}
