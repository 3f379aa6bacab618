package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.authn.AuthenticationSettings;
import dev.navarch.apiserver.authn.TokenWebhook;
import dev.navarch.apiserver.authn.oidc.AuthenticationConfiguration;
import dev.navarch.apiserver.authn.oidc.JwtIssuers;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.TokenWebhookFile;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Who is let in, by upstream's names (source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go). */
final class AuthenticationOptions implements ServerTopic {
    private static final String CONFIG = "authentication-config";

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
            names = "--" + CONFIG,
            paramLabel = "FILE",
            description = "Issuers of JSON web tokens, and where requests without credentials are heard: an"
                    + " AuthenticationConfiguration of apiserver.config.k8s.io/v1.")
    @Nullable
    Path authenticationConfig;

    @Option(
            names = "--authentication-token-webhook-config-file",
            paramLabel = "FILE",
            description = "A kubeconfig whose server is asked, by TokenReviews, for tokens that nobody here knows.")
    @Nullable
    Path authenticationTokenWebhookConfigFile;

    @Option(
            names = "--authentication-token-webhook-cache-ttl",
            paramLabel = "DURATION",
            description = "How long its answers are remembered; default 2m.")
    @Nullable
    String authenticationTokenWebhookCacheTtl;

    @Option(
            names = "--authentication-token-webhook-version",
            paramLabel = "v1|v1beta1",
            description = "Version of these TokenReviews; default v1 (upstream's is still v1beta1).")
    @Nullable
    String authenticationTokenWebhookVersion;

    @Option(
            names = "--oidc-issuer-url",
            paramLabel = "URL",
            description = "One issuer of JSON web tokens, without such a file.")
    @Nullable
    String oidcIssuerUrl;

    @Option(names = "--oidc-client-id", paramLabel = "ID", description = "Whom its tokens must be meant for.")
    @Nullable
    String oidcClientId;

    @Option(names = "--oidc-ca-file", paramLabel = "FILE", description = "Authorities of its certificate, PEM.")
    @Nullable
    Path oidcCaFile;

    @Option(
            names = "--oidc-username-claim",
            paramLabel = "CLAIM",
            description = "The claim that names the user; default sub.")
    @Nullable
    String oidcUsernameClaim;

    @Option(
            names = "--oidc-username-prefix",
            paramLabel = "TEXT",
            description = "Put before it, \"-\" for nothing; default the issuer and #, but before addresses of mail.")
    @Nullable
    String oidcUsernamePrefix;

    @Option(names = "--oidc-groups-claim", paramLabel = "CLAIM", description = "The claim that names the groups.")
    @Nullable
    String oidcGroupsClaim;

    @Option(names = "--oidc-groups-prefix", paramLabel = "TEXT", description = "Put before each of them.")
    @Nullable
    String oidcGroupsPrefix;

    @Option(
            names = "--oidc-signing-algs",
            paramLabel = "ALG",
            split = ",",
            description = "What its tokens may be signed with; default RS256.")
    @Nullable
    List<String> oidcSigningAlgs;

    @Option(
            names = "--oidc-required-claim",
            paramLabel = "CLAIM=VALUE",
            description = "A claim that must have this value; any number of times.")
    @Nullable
    List<String> oidcRequiredClaim;

    @Mixin
    FrontProxyOptions frontProxies = new FrontProxyOptions();

    private final ServiceAccountOptions serviceAccounts;

    /** @param serviceAccounts say how long tokens live */
    AuthenticationOptions(ServiceAccountOptions serviceAccounts) {
        this.serviceAccounts = serviceAccounts;
    }

    @Override
    public Set<String> keys() {
        var keys = new HashSet<>(FrontProxyOptions.KEYS);
        keys.addAll(OWN_KEYS);
        keys.addAll(OidcSettings.KEYS);
        return keys;
    }

    private static final Set<String> OWN_KEYS = Set.of(
            "anonymousAuth",
            "tokenAuthFile",
            "clientCaFile",
            "authenticationConfig",
            "authenticationTokenWebhookConfigFile",
            "authenticationTokenWebhookCacheTtl",
            "authenticationTokenWebhookVersion");

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var anonymous = anonymous(file);
        var configuration = readable(CONFIG, file.path(authenticationConfig, "authenticationConfig"));
        configuration.ifPresent(given -> check(given, anonymous.isPresent()));
        var oidc = new OidcSettings(this, file);
        if (configuration.isPresent() && oidc.given()) {
            throw new ConfigException(
                    CONFIG, configuration.get(), "authentication-config file and oidc-* flags are mutually exclusive");
        }
        var clients = readable("client-ca-file", file.path(clientCaFile, "clientCaFile"));
        var settings = new AuthenticationSettings(
                anonymous,
                configuration,
                oidc.issuers(),
                readable("token-auth-file", file.path(tokenAuthFile, "tokenAuthFile")),
                webhook(file),
                clients,
                frontProxies.chosen(file, clients),
                serviceAccounts.longest(file),
                serviceAccounts.extended(file));
        return server -> server.authentication(settings);
    }

    private static void check(Path file, boolean anonymousIsGiven) {
        try {
            var read = AuthenticationConfiguration.parse(Files.readString(file));
            JwtIssuers.check(read.jwt(), Set.of());
            if (anonymousIsGiven && read.anonymous().isPresent()) {
                throw new ConfigException(
                        CONFIG,
                        file,
                        "anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in"
                                + " authentication configuration file");
            }
        } catch (IllegalArgumentException | IOException e) {
            throw new ConfigException(CONFIG, file, String.valueOf(e.getMessage()));
        }
    }

    private Optional<AnonymousAccess> anonymous(SettingsFile file) {
        var given = anonymousAuth != null ? Optional.of(anonymousAuth.toString()) : file.text("anonymousAuth");
        return given.map(text -> switch (text) {
            case "true" -> AnonymousAccess.EVERYWHERE;
            case "false" -> AnonymousAccess.NOWHERE;
            default -> throw new ConfigException("anonymous-auth", text, "must be true or false");
        });
    }

    /** The clock tells only how old a token is: it has no timers that would have to end. */
    private Optional<TokenWebhook> webhook(SettingsFile file) {
        var ttl = file.duration(
                "authentication-token-webhook-cache-ttl",
                authenticationTokenWebhookCacheTtl,
                "authenticationTokenWebhookCacheTtl",
                "2m");
        var version = file.text(authenticationTokenWebhookVersion, "authenticationTokenWebhookVersion")
                .orElse("v1");
        if (!Set.of("v1", "v1beta1").contains(version)) {
            throw new ConfigException("authentication-token-webhook-version", version, "must be v1 or v1beta1");
        }
        return file.path(authenticationTokenWebhookConfigFile, "authenticationTokenWebhookConfigFile")
                .map(given -> TokenWebhookFile.read(given, ttl, version, new SystemTime()));
    }

    static Optional<Path> readable(String option, Optional<Path> given) {
        given.filter(file -> !Files.isReadable(file)).ifPresent(file -> {
            throw new ConfigException(option, file, "there is no such file that can be read");
        });
        return given.map(Path::toAbsolutePath);
    }
}
