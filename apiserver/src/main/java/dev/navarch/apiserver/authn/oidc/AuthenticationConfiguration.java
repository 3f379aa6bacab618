package dev.navarch.apiserver.authn.oidc;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.authn.oidc.JwtSettings.ClaimRule;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Extra;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Issuer;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.apiserver.authn.oidc.JwtSettings.UserRule;
import dev.navarch.apiserver.config.ConfigTree;
import dev.navarch.apiserver.request.AnonymousAccess;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a file of kind AuthenticationConfiguration says (source: k8s.io/apiserver pkg/apis/apiserver/v1/types.go).
 *
 * @param anonymous empty if it says nothing of it
 */
public record AuthenticationConfiguration(List<JwtSettings> jwt, Optional<AnonymousAccess> anonymous) {
    private static final String VERSION = "apiserver.config.k8s.io/v1";

    public AuthenticationConfiguration {
        jwt = List.copyOf(jwt);
    }

    /**
     * Reads YAML or JSON; strictly.
     *
     * @throws IllegalArgumentException that names the fields and says what is wrong with them
     */
    public static AuthenticationConfiguration parse(String text) {
        var root = ConfigTree.parse(text, VERSION, "AuthenticationConfiguration")
                .only("apiVersion", "kind", "jwt", "anonymous");
        var jwt = root.children("jwt").stream()
                .map(AuthenticationConfiguration::authenticator)
                .toList();
        return new AuthenticationConfiguration(
                jwt, root.child("anonymous").map(AuthenticationConfiguration::anonymous));
    }

    private static AnonymousAccess anonymous(ConfigTree tree) {
        tree.only("enabled", "conditions");
        boolean enabled = tree.flag("enabled").orElse(false);
        var paths = tree.children("conditions").stream()
                .map(condition -> condition.only("path").text("path"))
                .collect(Collectors.toSet());
        if (!enabled && !paths.isEmpty()) {
            throw new IllegalArgumentException(FieldError.invalid(
                            "anonymous.conditions",
                            List.copyOf(paths),
                            "enabled should be set to true when conditions are defined")
                    .message());
        }
        return new AnonymousAccess(enabled, paths);
    }

    private static JwtSettings authenticator(ConfigTree tree) {
        tree.only("issuer", "claimValidationRules", "claimMappings", "userValidationRules");
        var mappings = tree.child("claimMappings").map(m -> m.only("username", "groups", "uid", "extra"));
        return new JwtSettings(
                tree.child("issuer")
                        .map(AuthenticationConfiguration::issuer)
                        .orElseGet(() -> new Issuer("", "", "", List.of(), "", "")),
                tree.children("claimValidationRules").stream()
                        .map(rule -> rule.only("claim", "requiredValue", "expression", "message"))
                        .map(rule -> new ClaimRule(
                                rule.text("claim"),
                                rule.text("requiredValue"),
                                rule.text("expression"),
                                rule.text("message")))
                        .toList(),
                mapped(mappings, "username"),
                mapped(mappings, "groups"),
                mappings.flatMap(m -> m.child("uid"))
                        .map(uid -> uid.only("claim", "expression"))
                        .map(uid -> new Mapped(uid.text("claim"), Optional.empty(), uid.text("expression")))
                        .orElse(Mapped.NOTHING),
                mappings.map(m -> m.children("extra")).orElse(List.of()).stream()
                        .map(extra -> extra.only("key", "valueExpression"))
                        .map(extra -> new Extra(extra.text("key"), extra.text("valueExpression")))
                        .toList(),
                tree.children("userValidationRules").stream()
                        .map(rule -> rule.only("expression", "message"))
                        .map(rule -> new UserRule(rule.text("expression"), rule.text("message")))
                        .toList(),
                JwtSettings.ALGORITHMS);
    }

    private static Issuer issuer(ConfigTree tree) {
        tree.only(
                "url",
                "discoveryURL",
                "certificateAuthority",
                "audiences",
                "audienceMatchPolicy",
                "egressSelectorType");
        return new Issuer(
                tree.text("url"),
                tree.text("discoveryURL"),
                tree.text("certificateAuthority"),
                tree.texts("audiences"),
                tree.text("audienceMatchPolicy"),
                tree.text("egressSelectorType"));
    }

    private static Mapped mapped(Optional<ConfigTree> mappings, String name) {
        return mappings.flatMap(m -> m.child(name))
                .map(m -> m.only("claim", "prefix", "expression"))
                .map(m -> new Mapped(
                        m.text("claim"),
                        m.has("prefix") ? Optional.of(m.text("prefix")) : Optional.empty(),
                        m.text("expression")))
                .orElse(Mapped.NOTHING);
    }
}
