package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.oidc.JwtSettings;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.RemoteUser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Who is let in beside those with certificates, service accounts and bootstrap tokens. All files are read again when they
 * change.
 *
 * @param anonymous where requests without credentials are heard; if empty, as {@code configuration} says, or else
 *     {@link AnonymousAccess#HEALTH}
 * @param configuration an AuthenticationConfiguration; beside it there are no {@code issuers}
 * @param issuers whose JSON web tokens are accepted
 * @param tokens a file of static tokens
 * @param webhook who knows further tokens
 * @param clientAuthorities a file of authorities, PEM, whose certificates identify users too
 * @param proxies further front proxies
 * @param longestToken what service-account tokens may live at most
 * @param extendTokens whether tokens that admission asked for in pods live for a year, and are told apart when they were
 *     used beyond their hour
 */
public record AuthenticationSettings(
        Optional<AnonymousAccess> anonymous,
        Optional<Path> configuration,
        List<JwtSettings> issuers,
        Optional<Path> tokens,
        Optional<TokenWebhook> webhook,
        Optional<Path> clientAuthorities,
        Optional<ProxyFile> proxies,
        Duration longestToken,
        boolean extendTokens) {
    /** Shorter than upstream's, where a token may live for 136 years. */
    public static final Duration DEFAULT_LONGEST_TOKEN = Duration.ofDays(365);

    public static final AuthenticationSettings STANDARD = new AuthenticationSettings(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            DEFAULT_LONGEST_TOKEN,
            false);

    /**
     * Who may tell by header fields on whose behalf a request is made.
     *
     * @param authorities a file of those who vouch for such proxies, PEM
     * @param allowedNames common names of theirs; any if empty
     * @param names which fields say what
     */
    public record ProxyFile(Path authorities, List<String> allowedNames, RemoteUser.Names names) {
        public ProxyFile {
            allowedNames = List.copyOf(allowedNames);
        }
    }

    public AuthenticationSettings {
        issuers = List.copyOf(issuers);
    }

    public AuthenticationSettings withAnonymous(AnonymousAccess other) {
        return with(Optional.of(other), configuration, tokens, webhook, clientAuthorities, proxies, extendTokens);
    }

    public AuthenticationSettings withConfiguration(Path file) {
        return with(anonymous, Optional.of(file), tokens, webhook, clientAuthorities, proxies, extendTokens);
    }

    public AuthenticationSettings withTokens(Path file) {
        return with(anonymous, configuration, Optional.of(file), webhook, clientAuthorities, proxies, extendTokens);
    }

    public AuthenticationSettings withWebhook(TokenWebhook other) {
        return with(anonymous, configuration, tokens, Optional.of(other), clientAuthorities, proxies, extendTokens);
    }

    public AuthenticationSettings withClientAuthorities(Path file) {
        return with(anonymous, configuration, tokens, webhook, Optional.of(file), proxies, extendTokens);
    }

    public AuthenticationSettings withProxies(ProxyFile other) {
        return with(anonymous, configuration, tokens, webhook, clientAuthorities, Optional.of(other), extendTokens);
    }

    public AuthenticationSettings withExtendedTokens() {
        return with(anonymous, configuration, tokens, webhook, clientAuthorities, proxies, true);
    }

    private AuthenticationSettings with(
            Optional<AnonymousAccess> otherAnonymous,
            Optional<Path> otherConfiguration,
            Optional<Path> otherTokens,
            Optional<TokenWebhook> otherWebhook,
            Optional<Path> otherAuthorities,
            Optional<ProxyFile> otherProxies,
            boolean extended) {
        return new AuthenticationSettings(
                otherAnonymous,
                otherConfiguration,
                issuers,
                otherTokens,
                otherWebhook,
                otherAuthorities,
                otherProxies,
                longestToken,
                extended);
    }
}
