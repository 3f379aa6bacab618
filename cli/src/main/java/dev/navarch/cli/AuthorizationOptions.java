package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.authz.AuthorizationSettings.Type;
import dev.navarch.apiserver.authz.AuthorizationWebhook;
import dev.navarch.cluster.AuthorizationConfigFile;
import dev.navarch.cluster.ConfigException;
import dev.navarch.time.SystemTime;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
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
                    "Who is asked, in this order, whether a request may pass: AlwaysAllow, AlwaysDeny, Node, RBAC,"
                            + " Webhook; default Node,RBAC.")
    @Nullable
    List<String> authorizationMode;

    @Option(
            names = "--authorization-config",
            paramLabel = "FILE",
            description = "The same as an AuthorizationConfiguration of apiserver.config.k8s.io/v1, which can also name"
                    + " webhooks; changes of the file are heeded.")
    @Nullable
    Path authorizationConfig;

    @Option(
            names = "--authorization-webhook-config-file",
            paramLabel = "FILE",
            description = "A kubeconfig of the server that mode Webhook asks, by SubjectAccessReviews.")
    @Nullable
    Path authorizationWebhookConfigFile;

    @Option(
            names = "--authorization-webhook-version",
            paramLabel = "v1|v1beta1",
            description = "Version of these reviews; default v1 (upstream's is still v1beta1).")
    @Nullable
    String authorizationWebhookVersion;

    @Option(
            names = "--authorization-webhook-cache-authorized-ttl",
            paramLabel = "DURATION",
            description = "How long it is remembered that it allowed; default 5m.")
    @Nullable
    String authorizationWebhookCacheAuthorizedTtl;

    @Option(
            names = "--authorization-webhook-cache-unauthorized-ttl",
            paramLabel = "DURATION",
            description = "How long it is remembered that it did not; default 30s.")
    @Nullable
    String authorizationWebhookCacheUnauthorizedTtl;

    private static final Set<String> OF_WEBHOOK = Set.of(
            "authorizationWebhookConfigFile",
            "authorizationWebhookVersion",
            "authorizationWebhookCacheAuthorizedTtl",
            "authorizationWebhookCacheUnauthorizedTtl");

    @Override
    public Set<String> keys() {
        var keys = new HashSet<>(OF_WEBHOOK);
        keys.add("authorizationMode");
        keys.add("authorizationConfig");
        return keys;
    }

    /** The clock tells only how old a token is: it has no timers that would have to end. */
    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var modes = file.texts(authorizationMode, "authorizationMode");
        var config = file.path(authorizationConfig, "authorizationConfig");
        if (config.isPresent() && (!modes.isEmpty() || webhookIsGiven(file))) {
            throw new ConfigException(
                    "authorization-config",
                    config.get(),
                    "can not be specified when --authorization-mode or --authorization-webhook-* flags are defined");
        }
        var settings = config.map(given -> AuthorizationConfigFile.read(given, new SystemTime()))
                .orElseGet(() -> modes.isEmpty() && !webhookIsGiven(file)
                        ? AuthorizationSettings.STANDARD
                        : settings(modes.isEmpty() ? List.of("Node", "RBAC") : modes, webhook(file)));
        return server -> server.authorization(settings);
    }

    private boolean webhookIsGiven(SettingsFile file) {
        return authorizationWebhookConfigFile != null
                || authorizationWebhookVersion != null
                || authorizationWebhookCacheAuthorizedTtl != null
                || authorizationWebhookCacheUnauthorizedTtl != null
                || OF_WEBHOOK.stream().anyMatch(key -> file.text(key).isPresent());
    }

    /** Source: k8s.io/kubernetes pkg/kubeapiserver/options/authorization.go, buildAuthorizationConfiguration. */
    private Optional<AuthorizationWebhook> webhook(SettingsFile file) {
        var version = file.text(authorizationWebhookVersion, "authorizationWebhookVersion")
                .orElse("v1");
        if (!Set.of("v1", "v1beta1").contains(version)) {
            throw new ConfigException("authorization-webhook-version", version, "must be v1 or v1beta1");
        }
        var allowedFor = file.duration(
                "authorization-webhook-cache-authorized-ttl",
                authorizationWebhookCacheAuthorizedTtl,
                "authorizationWebhookCacheAuthorizedTtl",
                "5m");
        var refusedFor = file.duration(
                "authorization-webhook-cache-unauthorized-ttl",
                authorizationWebhookCacheUnauthorizedTtl,
                "authorizationWebhookCacheUnauthorizedTtl",
                "30s");
        return file.path(authorizationWebhookConfigFile, "authorizationWebhookConfigFile")
                .map(given ->
                        AuthorizationConfigFile.webhook(given, version, allowedFor, refusedFor, new SystemTime()));
    }

    private static AuthorizationSettings settings(List<String> modes, Optional<AuthorizationWebhook> webhook) {
        try {
            return AuthorizationSettings.modes(modes.stream().map(Type::of).toList(), webhook);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("authorization-mode", modes, String.valueOf(e.getMessage()));
        }
    }
}
