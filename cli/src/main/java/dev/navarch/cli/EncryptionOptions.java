package dev.navarch.cli;

import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.EncryptionFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How values are encrypted where they lie. */
final class EncryptionOptions {
    /** The names that they have in a file. */
    static final Set<String> KEYS = Set.of("encryptionProviderConfig", "encryptionProviderConfigAutomaticReload");

    @Option(
            names = "--encryption-provider-config",
            paramLabel = "FILE",
            description =
                    "An EncryptionConfiguration of apiserver.config.k8s.io/v1: which resources are encrypted where"
                            + " they are stored, and how.")
    @Nullable
    Path config;

    @Option(
            names = "--encryption-provider-config-automatic-reload",
            description = "Reads that file again when it changes.")
    boolean automaticReload;

    Optional<EncryptionFile> chosen(SettingsFile file) {
        boolean follow = file.flag(automaticReload, "encryptionProviderConfigAutomaticReload");
        var given = file.path(config, "encryptionProviderConfig");
        if (given.isEmpty() && follow) {
            throw new ConfigException(
                    "encryption-provider-config-automatic-reload",
                    true,
                    "must be set with --encryption-provider-config");
        }
        return given.map(path -> new EncryptionFile(path, follow));
    }
}
