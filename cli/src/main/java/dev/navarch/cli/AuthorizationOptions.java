package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.AuthorizationSettings;
import dev.navarch.apiserver.AuthorizationSettings.Type;
import dev.navarch.cluster.ConfigException;
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

    @Override
    public Set<String> keys() {
        return Set.of("authorizationMode");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var modes = file.texts(authorizationMode, "authorizationMode");
        var settings = modes.isEmpty() ? AuthorizationSettings.STANDARD : settings(modes);
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
