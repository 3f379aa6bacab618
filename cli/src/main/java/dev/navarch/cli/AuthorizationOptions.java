package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.AuthorizationSettings;
import dev.navarch.apiserver.AuthorizationSettings.Type;
import dev.navarch.cluster.AuthorizationConfigFile;
import dev.navarch.cluster.ConfigException;
import dev.navarch.time.SystemTime;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who decides whether a request may pass. */
final class AuthorizationOptions implements ServerTopic {
    @Option(
            names = "--authorization-mode",
            paramLabel = "MODE",
            split = ",",
            description =
                    "Who is asked, in this order, whether a request may pass: AlwaysAllow, AlwaysDeny, Node, RBAC;"
                            + " default Node,RBAC.")
    @Nullable
    List<String> authorizationMode;

    @Option(
            names = "--authorization-config",
            paramLabel = "FILE",
            description = "The same as an AuthorizationConfiguration of apiserver.config.k8s.io/v1, which can also name"
                    + " webhooks; changes of the file are heeded.")
    @Nullable
    Path authorizationConfig;

    @Override
    public Set<String> keys() {
        return Set.of("authorizationMode", "authorizationConfig");
    }

    /** The clock tells only how old a token is: it has no timers that would have to end. */
    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var modes = file.texts(authorizationMode, "authorizationMode");
        var config = file.path(authorizationConfig, "authorizationConfig");
        if (config.isPresent() && !modes.isEmpty()) {
            throw new ConfigException(
                    "authorization-config",
                    config.get(),
                    "can not be specified when --authorization-mode is specified");
        }
        var settings = config.map(given -> AuthorizationConfigFile.read(given, new SystemTime()))
                .orElseGet(() -> modes.isEmpty() ? AuthorizationSettings.STANDARD : settings(modes));
        return server -> server.authorization(settings);
    }

    private static AuthorizationSettings settings(List<String> modes) {
        try {
            return AuthorizationSettings.modes(modes.stream().map(Type::of).toList());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("authorization-mode", modes, String.valueOf(e.getMessage()));
        }
    }
}
