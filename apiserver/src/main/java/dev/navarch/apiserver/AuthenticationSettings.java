package dev.navarch.apiserver;

import dev.navarch.apiserver.authn.TokenWebhook;
import dev.navarch.apiserver.authn.oidc.JwtSettings;
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
 * @param longestToken what service-account tokens may live at most
 */
public record AuthenticationSettings(
        Optional<AnonymousAccess> anonymous,
        Optional<Path> configuration,
        List<JwtSettings> issuers,
        Optional<Path> tokens,
        Optional<TokenWebhook> webhook,
        Optional<Path> clientAuthorities,
        Duration longestToken) {
    /** Shorter than upstream's, where a token may live for 136 years. */
    public static final Duration DEFAULT_LONGEST_TOKEN = Duration.ofDays(365);

    public static final AuthenticationSettings STANDARD = new AuthenticationSettings(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            DEFAULT_LONGEST_TOKEN);

    public AuthenticationSettings {
        issuers = List.copyOf(issuers);
    }

    public AuthenticationSettings withAnonymous(AnonymousAccess other) {
        return new AuthenticationSettings(
                Optional.of(other), configuration, issuers, tokens, webhook, clientAuthorities, longestToken);
    }

    public AuthenticationSettings withConfiguration(Path file) {
        return new AuthenticationSettings(
                anonymous, Optional.of(file), issuers, tokens, webhook, clientAuthorities, longestToken);
    }

    public AuthenticationSettings withTokens(Path file) {
        return new AuthenticationSettings(
                anonymous, configuration, issuers, Optional.of(file), webhook, clientAuthorities, longestToken);
    }

    public AuthenticationSettings withWebhook(TokenWebhook other) {
        return new AuthenticationSettings(
                anonymous, configuration, issuers, tokens, Optional.of(other), clientAuthorities, longestToken);
    }

    public AuthenticationSettings withClientAuthorities(Path file) {
        return new AuthenticationSettings(
                anonymous, configuration, issuers, tokens, webhook, Optional.of(file), longestToken);
    }
}
