package dev.navarch.cli;

import dev.navarch.apiserver.authn.oidc.JwtIssuers;
import dev.navarch.apiserver.authn.oidc.JwtSettings;
import dev.navarch.apiserver.authn.oidc.JwtSettings.ClaimRule;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Issuer;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.cluster.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The one issuer that the {@code --oidc-*} options describe, as an AuthenticationConfiguration would (source:
 * k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go, ToAuthenticationConfig).
 */
record OidcSettings(AuthenticationOptions options, SettingsFile file) {
    private static final String URL = "oidc-issuer-url";

    /** The names that the options have in a file. */
    static final Set<String> KEYS = Set.of(
            "oidcIssuerUrl",
            "oidcClientId",
            "oidcCaFile",
            "oidcUsernameClaim",
            "oidcUsernamePrefix",
            "oidcGroupsClaim",
            "oidcGroupsPrefix",
            "oidcSigningAlgs",
            "oidcRequiredClaim");

    /** Nobody, or one. */
    List<JwtSettings> issuers() {
        var url = file.text(options.oidcIssuerUrl, "oidcIssuerUrl").orElse("");
        var client = file.text(options.oidcClientId, "oidcClientId").orElse("");
        if (given() && (url.isEmpty() || client.isEmpty())) {
            throw new ConfigException(
                    URL,
                    url,
                    "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set");
        }
        if (url.isEmpty()) {
            return List.of();
        }
        var issuers = List.of(new JwtSettings(
                new Issuer(url, "", authorities(), List.of(client), "", ""),
                required(),
                username(url),
                groups(),
                Mapped.NOTHING,
                List.of(),
                List.of(),
                algorithms()));
        try {
            JwtIssuers.check(issuers, Set.of());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(URL, url, String.valueOf(e.getMessage()));
        }
        return issuers;
    }

    /** Whether any of these options is. */
    boolean given() {
        return Stream.of(
                                options.oidcIssuerUrl,
                                options.oidcClientId,
                                options.oidcCaFile,
                                options.oidcUsernameClaim,
                                options.oidcUsernamePrefix,
                                options.oidcGroupsClaim,
                                options.oidcGroupsPrefix,
                                options.oidcSigningAlgs,
                                options.oidcRequiredClaim)
                        .anyMatch(Objects::nonNull)
                || KEYS.stream().anyMatch(key -> file.text(key).isPresent());
    }

    private Mapped username(String url) {
        var claim = file.text(options.oidcUsernameClaim, "oidcUsernameClaim").orElse("sub");
        var prefix = file.text(options.oidcUsernamePrefix, "oidcUsernamePrefix").orElse("");
        return Mapped.claim(
                claim,
                switch (prefix) {
                    case "-" -> "";
                    case "" -> claim.equals("email") ? "" : url + "#";
                    default -> prefix;
                });
    }

    private Mapped groups() {
        return file.text(options.oidcGroupsClaim, "oidcGroupsClaim")
                .map(claim -> Mapped.claim(
                        claim,
                        file.text(options.oidcGroupsPrefix, "oidcGroupsPrefix").orElse("")))
                .orElse(Mapped.NOTHING);
    }

    private Set<String> algorithms() {
        var given = file.texts(options.oidcSigningAlgs, "oidcSigningAlgs");
        for (var algorithm : given) {
            if (!JwtSettings.ALGORITHMS.contains(algorithm)) {
                throw new ConfigException("oidc-signing-algs", algorithm, "must be of " + JwtSettings.ALGORITHMS);
            }
        }
        return given.isEmpty() ? Set.of("RS256") : Set.copyOf(given);
    }

    private List<ClaimRule> required() {
        return file.texts(options.oidcRequiredClaim, "oidcRequiredClaim").stream()
                .map(pair -> {
                    int equals = pair.indexOf('=');
                    if (equals <= 0) {
                        throw new ConfigException("oidc-required-claim", pair, "must be claim=value");
                    }
                    return new ClaimRule(pair.substring(0, equals), pair.substring(equals + 1), "", "");
                })
                .toList();
    }

    private String authorities() {
        var path = AuthenticationOptions.readable("oidc-ca-file", file.path(options.oidcCaFile, "oidcCaFile"));
        try {
            return path.isPresent() ? Files.readString(path.get()) : "";
        } catch (IOException e) {
            throw new ConfigException("oidc-ca-file", path.orElseThrow(), "can't be read: " + e.getMessage());
        }
    }
}
