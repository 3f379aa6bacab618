package dev.navarch.apiserver.authn.oidc;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One issuer of JSON web tokens, and what its tokens say of users (source: k8s.io/apiserver pkg/apis/apiserver/types.go,
 * JWTAuthenticator).
 *
 * @param algorithms that its tokens may be signed with, by their names in RFC 7518
 */
public record JwtSettings(
        Issuer issuer,
        List<ClaimRule> claimRules,
        Mapped username,
        Mapped groups,
        Mapped uid,
        List<Extra> extra,
        List<UserRule> userRules,
        Set<String> algorithms) {
    public static final Set<String> ALGORITHMS =
            Set.of("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512");

    public JwtSettings {
        claimRules = List.copyOf(claimRules);
        extra = List.copyOf(extra);
        userRules = List.copyOf(userRules);
        algorithms = Set.copyOf(algorithms);
    }

    /**
     * Where its keys are found.
     *
     * @param discoveryUrl empty for the usual place below {@code url}
     * @param authorities PEM; empty for those of the system
     * @param audiences a token must be meant for one of these
     * @param matchPolicy MatchAny, or empty with one audience
     */
    public record Issuer(
            String url,
            String discoveryUrl,
            String authorities,
            List<String> audiences,
            String matchPolicy,
            String egress) {
        public Issuer {
            audiences = List.copyOf(audiences);
        }
    }

    /** A claim that must have a value, or an expression that must hold; what is not given is empty. */
    public record ClaimRule(String claim, String requiredValue, String expression, String message) {}

    /**
     * A claim, with something put before it, or an expression. All are empty for nothing.
     *
     * @param prefix must be given with a claim, where there may be one
     */
    public record Mapped(String claim, Optional<String> prefix, String expression) {
        public static final Mapped NOTHING = new Mapped("", Optional.empty(), "");

        public static Mapped claim(String claim, String prefix) {
            return new Mapped(claim, Optional.of(prefix), "");
        }
    }

    public record Extra(String key, String expression) {}

    /** An expression on the user that must hold. */
    public record UserRule(String expression, String message) {}
}
