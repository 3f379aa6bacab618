package dev.navarch.apiserver.authn.oidc;

import dev.navarch.api.FieldChecks;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.authn.oidc.JwtSettings.ClaimRule;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Issuer;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.apiserver.authn.oidc.JwtSettings.UserRule;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the settings of issuers, and tells what is wrong with them (source: k8s.io/apiserver
 * pkg/apis/apiserver/validation/validation.go).
 */
final class JwtRules {
    private static final int MOST = 64;

    private final Set<String> disallowed;
    private final List<FieldError> errors = new ArrayList<>();

    private JwtRules(Set<String> disallowed) {
        this.disallowed = disallowed;
    }

    /** A compiled expression with its text, and the message of its refusal if it is a rule. */
    record Compiled(String text, String message, Expression expression) {}

    record CompiledExtra(String key, Compiled value) {}

    /** Absent are those that are mapped from plain claims, or not at all. */
    record Rules(
            JwtSettings settings,
            Optional<Compiled> username,
            Optional<Compiled> groups,
            Optional<Compiled> uid,
            List<CompiledExtra> extra,
            List<Compiled> claims,
            List<Compiled> user) {
        /** Whether any expression looks at claims. */
        boolean lookAtClaims() {
            return username.isPresent()
                    || groups.isPresent()
                    || uid.isPresent()
                    || !extra.isEmpty()
                    || !claims.isEmpty();
        }
    }

    /**
     * @param disallowed issuers that there must not be, such as that of service accounts
     * @throws IllegalArgumentException that tells all that is wrong
     */
    static List<Rules> compile(List<JwtSettings> all, Set<String> disallowed) {
        var check = new JwtRules(disallowed);
        List<Rules> rules = new ArrayList<>();
        if (all.size() > MOST) {
            check.errors.add(FieldError.tooMany("jwt", all.size(), MOST));
        } else {
            Set<String> urls = new HashSet<>();
            Set<String> discoveries = new HashSet<>();
            for (int i = 0; i < all.size(); i++) {
                var path = "jwt[" + i + "]";
                var issuer = all.get(i).issuer();
                rules.add(check.rules(all.get(i), path));
                if (!urls.add(issuer.url())) {
                    check.errors.add(FieldError.duplicate(path + ".issuer.url", issuer.url()));
                }
                if (!issuer.discoveryUrl().isEmpty() && !discoveries.add(issuer.discoveryUrl())) {
                    check.errors.add(FieldError.duplicate(path + ".issuer.discoveryURL", issuer.discoveryUrl()));
                }
            }
        }
        if (!check.errors.isEmpty()) {
            throw new IllegalArgumentException(
                    check.errors.size() == 1
                            ? check.errors.getFirst().message()
                            : check.errors.stream()
                                    .map(FieldError::message)
                                    .collect(Collectors.joining(", ", "[", "]")));
        }
        return rules;
    }

    private Rules rules(JwtSettings settings, String path) {
        issuer(settings.issuer(), path + ".issuer");
        var claims = claimRules(settings.claimRules(), path + ".claimValidationRules");
        var mappings = path + ".claimMappings";
        var username = mapped(settings.username(), mappings + ".username", true);
        var groups = mapped(settings.groups(), mappings + ".groups", false);
        var uid = uid(settings.uid(), mappings + ".uid");
        var extra = extra(settings, mappings + ".extra");
        boolean verified = claims.stream().anyMatch(c -> names(c, "email_verified"))
                || extra.stream().anyMatch(e -> names(e.value, "email_verified"))
                || username.filter(c -> names(c, "email_verified")).isPresent();
        if (username.filter(c -> names(c, "email")).isPresent() && !verified) {
            errors.add(FieldError.invalid(
                    mappings + ".username.expression",
                    settings.username().expression(),
                    "claims.email_verified must be used in claimMappings.username.expression or"
                            + " claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when"
                            + " claims.email is used in claimMappings.username.expression"));
        }
        return new Rules(
                settings,
                username,
                groups,
                uid,
                extra,
                claims,
                userRules(settings.userRules(), path + ".userValidationRules"));
    }

    private static boolean names(Compiled compiled, String claim) {
        return compiled.expression.selects(ClaimVariables.CLAIMS, claim);
    }

    private void issuer(Issuer issuer, String path) {
        if (issuer.url().isEmpty()) {
            errors.add(FieldError.required(path + ".url", ""));
        } else {
            url(issuer.url(), disallowed, path + ".url");
        }
        var discovery = issuer.discoveryUrl();
        if (!discovery.isEmpty()) {
            if (!issuer.url().isEmpty() && trimmed(issuer.url()).equals(trimmed(discovery))) {
                errors.add(FieldError.invalid(
                        path + ".discoveryURL", discovery, "discoveryURL must be different from URL"));
            }
            url(discovery, Set.of(), path + ".discoveryURL");
        }
        audiences(issuer, path);
        if (!issuer.authorities().isEmpty()) {
            try {
                var found = CertificateFactory.getInstance("X.509")
                        .generateCertificates(
                                new ByteArrayInputStream(issuer.authorities().getBytes(StandardCharsets.UTF_8)));
                if (found.isEmpty()) {
                    throw new GeneralSecurityException("data does not contain any valid RSA or ECDSA certificates");
                }
            } catch (GeneralSecurityException e) {
                errors.add(FieldError.invalid(
                        path + ".certificateAuthority", "<omitted>", String.valueOf(e.getMessage())));
            }
        }
        if (!issuer.egress().isEmpty()) {
            errors.add(FieldError.invalid(
                    path + ".egressSelectorType", issuer.egress(), "there is no egress selector in this server"));
        }
    }

    private static String trimmed(String url) {
        return url.replaceAll("/+$", "");
    }

    private void url(String text, Set<String> disallowed, String path) {
        if (disallowed.contains(text)) {
            errors.add(FieldError.invalid(
                    path,
                    text,
                    "URL must not overlap with disallowed issuers: [" + String.join(" ", new TreeSet<>(disallowed))
                            + "]"));
        }
        try {
            var url = new URI(text);
            if (!"https".equals(url.getScheme())) {
                errors.add(FieldError.invalid(path, text, "URL scheme must be https"));
            }
            if (url.getRawUserInfo() != null) {
                errors.add(FieldError.invalid(path, text, "URL must not contain a username or password"));
            }
            if (url.getRawQuery() != null && !url.getRawQuery().isEmpty()) {
                errors.add(FieldError.invalid(path, text, "URL must not contain a query"));
            }
            if (url.getRawFragment() != null && !url.getRawFragment().isEmpty()) {
                errors.add(FieldError.invalid(path, text, "URL must not contain a fragment"));
            }
        } catch (URISyntaxException e) {
            errors.add(FieldError.invalid(path, text, String.valueOf(e.getMessage())));
        }
    }

    private void audiences(Issuer issuer, String path) {
        var audiences = issuer.audiences();
        var field = path + ".audiences";
        if (audiences.isEmpty()) {
            errors.add(FieldError.required(field, "at least one " + field + " is required"));
            return;
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < audiences.size(); i++) {
            if (audiences.get(i).isEmpty()) {
                errors.add(FieldError.required(field + "[" + i + "]", ""));
            }
            if (!seen.add(audiences.get(i))) {
                errors.add(FieldError.duplicate(field + "[" + i + "]", audiences.get(i)));
            }
        }
        var policy = issuer.matchPolicy();
        if (!policy.equals("MatchAny") && (audiences.size() > 1 || !policy.isEmpty())) {
            errors.add(FieldError.invalid(
                    path + ".audienceMatchPolicy",
                    policy,
                    audiences.size() > 1
                            ? "audienceMatchPolicy must be MatchAny for multiple audiences"
                            : "audienceMatchPolicy must be empty or MatchAny for single audience"));
        }
    }

    private List<Compiled> claimRules(List<ClaimRule> rules, String path) {
        List<Compiled> compiled = new ArrayList<>();
        Set<String> claims = new HashSet<>();
        Set<String> expressions = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            var rule = rules.get(i);
            var at = path + "[" + i + "]";
            if (!rule.claim().isEmpty() && !rule.expression().isEmpty()) {
                errors.add(FieldError.invalid(at, rule.claim(), "claim and expression can't both be set"));
            } else if (rule.claim().isEmpty() && rule.expression().isEmpty()) {
                errors.add(FieldError.required(at, "claim or expression is required"));
            } else if (!rule.claim().isEmpty()) {
                if (!rule.message().isEmpty()) {
                    errors.add(FieldError.invalid(
                            at + ".message", rule.message(), "may not be specified when claim is set"));
                }
                if (!claims.add(rule.claim())) {
                    errors.add(FieldError.duplicate(at + ".claim", rule.claim()));
                }
            } else {
                if (!rule.requiredValue().isEmpty()) {
                    errors.add(FieldError.invalid(
                            at + ".requiredValue",
                            rule.requiredValue(),
                            "may not be specified when expression is set"));
                }
                if (!expressions.add(rule.expression())) {
                    errors.add(FieldError.duplicate(at + ".expression", rule.expression()));
                    continue;
                }
                add(compiled, condition(ClaimVariables.ofClaims(), rule.expression(), rule.message(), at));
            }
        }
        return compiled;
    }

    private List<Compiled> userRules(List<UserRule> rules, String path) {
        List<Compiled> compiled = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            var rule = rules.get(i);
            var at = path + "[" + i + "]";
            if (rule.expression().isEmpty()) {
                errors.add(FieldError.required(at + ".expression", ""));
            } else if (!seen.add(rule.expression())) {
                errors.add(FieldError.duplicate(at + ".expression", rule.expression()));
            } else {
                add(compiled, condition(ClaimVariables.ofUsers(), rule.expression(), rule.message(), at));
            }
        }
        return compiled;
    }

    private static void add(List<Compiled> to, @Nullable Compiled one) {
        if (one != null) {
            to.add(one);
        }
    }

    private Optional<Compiled> mapped(Mapped mapped, String path, boolean required) {
        if (!mapped.expression().isEmpty() && !mapped.claim().isEmpty()) {
            errors.add(FieldError.invalid(path, "", "claim and expression can't both be set"));
        } else if (!mapped.expression().isEmpty()) {
            mapped.prefix()
                    .ifPresent(prefix -> errors.add(FieldError.invalid(
                            path + ".prefix", prefix, "may not be specified when expression is set")));
            return value(mapped.expression(), path + ".expression");
        } else if (!mapped.claim().isEmpty()) {
            if (mapped.prefix().isEmpty()) {
                errors.add(FieldError.required(
                        path + ".prefix",
                        "prefix is required when claim is set. It can be set to an empty string to disable"
                                + " prefixing"));
            }
        } else if (required) {
            errors.add(FieldError.required(path, "claim or expression is required"));
        }
        return Optional.empty();
    }

    private Optional<Compiled> uid(Mapped uid, String path) {
        if (!uid.claim().isEmpty() && !uid.expression().isEmpty()) {
            errors.add(FieldError.invalid(path, "", "claim and expression can't both be set"));
            return Optional.empty();
        }
        return uid.expression().isEmpty() ? Optional.empty() : value(uid.expression(), path + ".expression");
    }

    private List<CompiledExtra> extra(JwtSettings settings, String path) {
        List<CompiledExtra> compiled = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < settings.extra().size(); i++) {
            var extra = settings.extra().get(i);
            var key = extra.key();
            var at = path + "[" + i + "]";
            errors.addAll(FieldChecks.domainPrefixedPath(at + ".key", key));
            if (!key.equals(key.toLowerCase(Locale.ROOT))) {
                errors.add(FieldError.invalid(at + ".key", key, "must be lowercase"));
            }
            if (reserved(key)) {
                errors.add(FieldError.invalid(
                        at + ".key",
                        key,
                        "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"));
            }
            if (!seen.add(key)) {
                errors.add(FieldError.duplicate(at + ".key", key));
            } else if (extra.expression().isEmpty()) {
                errors.add(FieldError.required(at + ".valueExpression", ""));
            } else {
                value(extra.expression(), at + ".valueExpression")
                        .ifPresent(value -> compiled.add(new CompiledExtra(key, value)));
            }
        }
        return compiled;
    }

    private static boolean reserved(String key) {
        int slash = key.indexOf('/');
        var domain = "." + (slash < 0 ? "" : key.substring(0, slash));
        return domain.endsWith(".kubernetes.io") || domain.endsWith(".k8s.io");
    }

    private Optional<Compiled> value(String text, String path) {
        try {
            return Optional.of(new Compiled(text, "", ClaimVariables.ofClaims().any(text)));
        } catch (CelFailure e) {
            errors.add(FieldError.invalid(path, text, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private @Nullable Compiled condition(CelEnvironment environment, String text, String message, String at) {
        try {
            return new Compiled(text, message, environment.condition(text));
        } catch (CelFailure e) {
            errors.add(FieldError.invalid(at + ".expression", text, String.valueOf(e.getMessage())));
            return null;
        }
    }
}
