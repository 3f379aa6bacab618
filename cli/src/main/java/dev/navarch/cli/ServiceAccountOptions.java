package dev.navarch.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.cluster.ConfigException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What tokens of service accounts say (sources: as for {@link AuthenticationOptions}). */
final class ServiceAccountOptions implements ServerTopic {
    private static final String ISSUER = "service-account-issuer";
    private static final String KEY_SET = "service-account-jwks-uri";
    private static final String LONGEST = "service-account-max-token-expiration";

    @Option(
            names = "--" + ISSUER,
            paramLabel = "URL",
            description = "Who issues service-account tokens; any number of times: the first one issues new ones, all"
                    + " are accepted. Default " + ApiServerConfig.DEFAULT_ISSUER + ".")
    @Nullable
    List<String> serviceAccountIssuer;

    @Option(
            names = "--" + KEY_SET,
            paramLabel = "URL",
            description = "Where others find the keys of these tokens; default below the issuer.")
    @Nullable
    String serviceAccountJwksUri;

    @Option(
            names = "--api-audiences",
            paramLabel = "NAME",
            split = ",",
            description = "What the API server calls itself in tokens; default the issuers.")
    @Nullable
    List<String> apiAudiences;

    @Option(
            names = "--" + LONGEST,
            paramLabel = "DURATION",
            description = "What service-account tokens may live at most, whatever is asked for; default 8760h.")
    @Nullable
    String serviceAccountMaxTokenExpiration;

    @Option(
            names = "--service-account-extend-token-expiration",
            paramLabel = "true|false",
            arity = "0..1",
            fallbackValue = "true",
            description = "Lets tokens in pods live for a year instead of an hour, for programs that don't read them"
                    + " anew; default false (upstream's is true).")
    @Nullable
    Boolean serviceAccountExtendTokenExpiration;

    @Override
    public Set<String> keys() {
        return Set.of(
                "serviceAccountIssuer",
                "serviceAccountJwksUri",
                "apiAudiences",
                "serviceAccountMaxTokenExpiration",
                "serviceAccountExtendTokenExpiration");
    }

    @Override
    public Consumer<ApiServerConfig.Builder> chosen(SettingsFile file) {
        var issuers = issuers(file);
        var audiences = file.texts(apiAudiences, "apiAudiences");
        var keySet = keySet(file);
        return server -> {
            if (!issuers.isEmpty()) {
                server.issuers(issuers);
            }
            server.audiences(audiences);
            keySet.ifPresent(server::keySetUri);
        };
    }

    private List<String> issuers(SettingsFile file) {
        var issuers = file.texts(serviceAccountIssuer, "serviceAccountIssuer");
        var seen = new HashSet<String>();
        for (var issuer : issuers) {
            if (issuer.isEmpty()) {
                throw new ConfigException(ISSUER, issuer, "service-account-issuer should not be an empty string");
            }
            if (issuer.contains(":")) {
                try {
                    new URI(issuer);
                } catch (URISyntaxException e) {
                    throw new ConfigException(
                            ISSUER, issuer, "contained a ':' but was not a valid URL: " + e.getMessage());
                }
            }
            if (!seen.add(issuer)) {
                throw new ConfigException(ISSUER, issuer, "is already specified");
            }
        }
        return issuers;
    }

    private Optional<String> keySet(SettingsFile file) {
        var given = file.text(serviceAccountJwksUri, "serviceAccountJwksUri");
        given.filter(uri -> !uri.startsWith("https://")).ifPresent(uri -> {
            throw new ConfigException(
                    KEY_SET, uri, "service-account-jwks-uri requires https scheme, parsed as: " + uri);
        });
        return given;
    }

    boolean extended(SettingsFile file) {
        return file.choice(serviceAccountExtendTokenExpiration, "serviceAccountExtendTokenExpiration", false);
    }

    /** Source: k8s.io/kubernetes pkg/controlplane/apiserver/options/options.go, completeServiceAccountOptions. */
    Duration longest(SettingsFile file) {
        var longest =
                file.duration(LONGEST, serviceAccountMaxTokenExpiration, "serviceAccountMaxTokenExpiration", "8760h");
        if (longest.compareTo(Duration.ofHours(1)) < 0 || longest.getSeconds() > 1L << 32) {
            throw new ConfigException(LONGEST, longest, "must be between 1 hour and 2^32 seconds");
        }
        return longest;
    }
}
