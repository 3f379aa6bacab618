package dev.navarch.apiserver.authn.oidc;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.authn.oidc.JwtRules.Compiled;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a user of verified claims, and holds both against the rules (source: k8s.io/apiserver
 * plugin/pkg/authenticator/token/oidc/oidc.go, AuthenticateToken).
 */
final class ClaimMapping {
    private static final String ONE_OR_SOME = "expression must return a string or a list of strings";

    private final JwtRules.Rules rules;
    private final JwtSettings settings;

    ClaimMapping(JwtRules.Rules rules) {
        this.rules = rules;
        this.settings = rules.settings();
    }

    /** @throws InvalidTokenException if a claim is not what it should be, or a rule does not hold */
    User user(ObjectNode claims) throws InvalidTokenException {
        var values = rules.lookAtClaims() ? ClaimVariables.claims(claims) : Map.<String, Object>of();
        var user =
                new User(username(claims, values), uid(claims, values), groups(claims, values), extra(claims, values));
        for (var rule : settings.claimRules()) {
            if (!rule.claim().isEmpty()) {
                required(claims, rule.claim(), rule.requiredValue());
            }
        }
        hold(rules.claims(), values, "claim validation expression");
        if (!rules.user().isEmpty()) {
            hold(rules.user(), ClaimVariables.user(user), "user info validation rule");
        }
        return user;
    }

    private String username(ObjectNode claims, Map<String, Object> values) throws InvalidTokenException {
        if (rules.username().isPresent()) {
            var value = evaluate(rules.username().get(), values, "error evaluating username claim expression");
            if (!(value instanceof String name)) {
                throw refused("error evaluating username claim expression: username claim expression must return a"
                        + " string");
            }
            if (name.isEmpty()) {
                throw refused("empty username via CEL expression is not allowed");
            }
            return name;
        }
        var claim = settings.username().claim();
        var name = text(claims, claim, "parse username claims");
        if (name.isEmpty()) {
            throw refused("parse username claims " + GoText.quote(claim) + ": the claim is empty");
        }
        if (claim.equals("email") && claims.has("email_verified")) {
            var verified = claims.get("email_verified");
            if (!verified.isBoolean()) {
                throw refused("parse 'email_verified' claim: it is no boolean");
            }
            if (!verified.booleanValue()) {
                throw refused("email not verified");
            }
        }
        return settings.username().prefix().orElse("") + name;
    }

    private String uid(ObjectNode claims, Map<String, Object> values) throws InvalidTokenException {
        if (rules.uid().isPresent()) {
            var value = evaluate(rules.uid().get(), values, "error evaluating uid claim expression");
            if (value instanceof String uid) {
                return uid;
            }
            throw refused("error evaluating uid claim expression: uid claim expression must return a string");
        }
        var claim = settings.uid().claim();
        return claim.isEmpty() ? "" : text(claims, claim, "parse uid claim");
    }

    private List<String> groups(ObjectNode claims, Map<String, Object> values) throws InvalidTokenException {
        if (rules.groups().isPresent()) {
            var what = "error evaluating group claim expression";
            return texts(evaluate(rules.groups().get(), values, what), what);
        }
        Mapped mapped = settings.groups();
        if (mapped.claim().isEmpty() || !claims.has(mapped.claim())) {
            return List.of();
        }
        var prefix = mapped.prefix().orElse("");
        var claim = claims.get(mapped.claim());
        if (claim.isString()) {
            return List.of(prefix + claim.stringValue());
        }
        List<String> groups = new ArrayList<>();
        if (!claim.isArray() && !claim.isNull()) {
            throw refused("parse groups claim " + GoText.quote(mapped.claim()) + ": " + kind(claim));
        }
        for (var element : claim) {
            if (!element.isString()) {
                throw refused("parse groups claim " + GoText.quote(mapped.claim()) + ": " + kind(element));
            }
            groups.add(prefix + element.stringValue());
        }
        return groups;
    }

    private Map<String, List<String>> extra(ObjectNode claims, Map<String, Object> values)
            throws InvalidTokenException {
        Map<String, List<String>> extra = new HashMap<>();
        var id = Tree.text(claims, "jti");
        if (!id.isEmpty()) {
            extra.put("authentication.kubernetes.io/credential-id", List.of("JTI=" + id));
        }
        for (var mapped : rules.extra()) {
            var what =
                    "error evaluating extra claim expression: " + mapped.value().text();
            var texts = texts(evaluate(mapped.value(), values, what), what);
            if (!texts.isEmpty()) {
                extra.put(mapped.key(), texts);
            }
        }
        return extra;
    }

    private static void required(ObjectNode claims, String claim, String value) throws InvalidTokenException {
        if (!claims.has(claim)) {
            throw refused("required claim " + claim + " not present in ID token");
        }
        var found = claims.get(claim);
        if (!found.isString()) {
            throw refused("parse claim " + claim + ": " + kind(found));
        }
        if (!found.stringValue().equals(value)) {
            throw refused("required claim " + claim + " value does not match. Got = " + found.stringValue()
                    + ", want = " + value);
        }
    }

    private static void hold(List<Compiled> rules, Map<String, Object> values, String what)
            throws InvalidTokenException {
        for (var rule : rules) {
            var value = evaluate(rule, values, "error evaluating " + what);
            if (!Boolean.TRUE.equals(value)) {
                throw refused("error evaluating " + what + ": validation expression '" + rule.text() + "' failed: "
                        + rule.message());
            }
        }
    }

    private static Object evaluate(Compiled compiled, Map<String, Object> values, String what)
            throws InvalidTokenException {
        try {
            return compiled.expression().evaluate(values, new Budget(CelEnvironment.PER_CALL_LIMIT));
        } catch (CelFailure e) {
            throw refused(what + ": expression '" + compiled.text() + "' resulted in error: " + e.getMessage());
        }
    }

    /** Null and what is empty are as absent. */
    private static List<String> texts(Object value, String what) throws InvalidTokenException {
        return switch (value) {
            case String text -> text.isEmpty() ? List.of() : List.of(text);
            case List<?> list -> {
                List<String> texts = new ArrayList<>();
                for (var element : list) {
                    if (!(element instanceof String text)) {
                        throw refused(what + ": " + ONE_OR_SOME);
                    }
                    if (!text.isEmpty()) {
                        texts.add(text);
                    }
                }
                yield texts;
            }
            case Object other
            when other.toString().equals("null") || other.toString().equals("NULL_VALUE") -> List.of();
            default -> throw refused(what + ": " + ONE_OR_SOME);
        };
    }

    private static String text(ObjectNode claims, String claim, String what) throws InvalidTokenException {
        Optional<JsonNode> found = Optional.ofNullable(claims.get(claim));
        if (found.isEmpty()) {
            throw refused(what + " " + GoText.quote(claim) + ": claim not present");
        }
        if (!found.get().isString()) {
            throw refused(what + " " + GoText.quote(claim) + ": " + kind(found.get()));
        }
        return found.get().stringValue();
    }

    /** Source of the words: Go's encoding/json. */
    private static String kind(JsonNode node) {
        var kind = node.isNumber() ? "number" : node.isBoolean() ? "bool" : node.isArray() ? "array" : "object";
        return "json: cannot unmarshal " + kind + " into Go value of type string";
    }

    private static InvalidTokenException refused(String why) {
        return new InvalidTokenException("oidc: " + why);
    }
}
