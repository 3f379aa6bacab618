package dev.navarch.cli;

import dev.navarch.apiserver.AnonymousAccess;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.AuthenticationSettings;
import dev.navarch.cluster.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who is let in, by upstream's names (source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go). */
final class AuthenticationOptions implements ServerTopic {
    private static final String MAX_EXPIRATION = "service-account-max-token-expiration";

    @Option(
            names = "--anonymous-auth",
            paramLabel = "true|false",
            arity = "1",
            description = "Hears requests without credentials everywhere, or nowhere; default at /healthz, /livez and"
                    + " /readyz alone.")
    @Nullable
    Boolean anonymousAuth;

    @Option(
            names = "--token-auth-file",
            paramLabel = "FILE",
            description = "Static tokens, a line each: token,user,uid,\"group1,group2\".")
    @Nullable
    Path tokenAuthFile;

    @Option(
            names = "--client-ca-file",
            paramLabel = "FILE",
            description = "Authorities, PEM, whose certificates identify users beside those of the cluster's own.")
    @Nullable
    Path clientCaFile;

    @Option(
            names = "--" + MAX_EXPIRATION,
            paramLabel = "DURATION",
            description = "What service-account tokens may live at most, whatever is asked for; default 8760h.")
    @Nullable
    String serviceAccountMaxTokenExpiration;

    @Override
    public Set<String> keys() {
        return Set.of("anonymousAuth", "tokenAuthFile", "clientCaFile", "serviceAccountMaxTokenExpiration");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var settings = new AuthenticationSettings(
                anonymous(file),
                Optional.empty(),
                List.of(),
                readable("token-auth-file", file.path(tokenAuthFile, "tokenAuthFile")),
                Optional.empty(),
                readable("client-ca-file", file.path(clientCaFile, "clientCaFile")),
                longest(file));
        return server -> server.authentication(settings);
    }

    private Optional<AnonymousAccess> anonymous(SettingsFile file) {
        var given = anonymousAuth != null ? Optional.of(anonymousAuth.toString()) : file.text("anonymousAuth");
        return given.map(text -> switch (text) {
            case "true" -> AnonymousAccess.EVERYWHERE;
            case "false" -> AnonymousAccess.NOWHERE;
            default -> throw new ConfigException("anonymous-auth", text, "must be true or false");
        });
    }

    private static Optional<Path> readable(String option, Optional<Path> given) {
        given.filter(file -> !Files.isReadable(file)).ifPresent(file -> {
            throw new ConfigException(option, file, "there is no such file that can be read");
        });
        return given.map(Path::toAbsolutePath);
    }

    /** Source: k8s.io/kubernetes pkg/controlplane/apiserver/options/options.go, completeServiceAccountOptions. */
    private Duration longest(SettingsFile file) {
        var longest = file.duration(
                MAX_EXPIRATION, serviceAccountMaxTokenExpiration, "serviceAccountMaxTokenExpiration", "8760h");
        if (longest.compareTo(Duration.ofHours(1)) < 0 || longest.getSeconds() > 1L << 32) {
            throw new ConfigException(MAX_EXPIRATION, longest, "must be between 1 hour and 2^32 seconds");
        }
        return longest;
    }
}
