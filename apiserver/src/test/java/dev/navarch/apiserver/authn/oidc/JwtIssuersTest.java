package dev.navarch.apiserver.authn.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.authn.TokenVerifiers;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.TokenVerifier.VerifiedToken;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JwtIssuersTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final long EXPIRY = START.getEpochSecond() + 600;
    private static TestCertificates certificates;
    private static TestIssuer issuer;
    private static TestIssuer second;

    private final ManualTime time = new ManualTime(START);
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final JwtIssuers issuers =
            new JwtIssuers(Set.of("https://cluster"), List.of("api"), time, new JwtMetrics("one", time, registry));

    @BeforeAll
    static void start() throws Exception {
        certificates = new TestCertificates();
        issuer = new TestIssuer(certificates);
        second = new TestIssuer(certificates);
    }

    @AfterAll
    static void stop() throws Exception {
        issuer.close();
        second.close();
    }

    @BeforeEach
    void standard() throws Exception {
        for (var each : List.of(issuer, second)) {
            each.keys = List.of(TestIssuer.elliptic("k1"));
            each.named = each.url();
            each.up = true;
        }
    }

    @AfterEach
    void close() {
        issuers.close();
    }

    /** An authenticator of an issuer whose other fields are given as YAML, indented by four. */
    private static String jwt(TestIssuer of, String more) throws Exception {
        return """
              - issuer:
                  url: %s
                  audiences: [kube]
                  certificateAuthority: |
            %s
            %s
            """.formatted(of.url(), of.authority().indent(10).stripTrailing(), more.stripTrailing());
    }

    private static final String PLAIN = """
                claimMappings:
                  username: {claim: sub, prefix: "oidc:"}
                  groups: {claim: groups, prefix: ""}
            """;

    private void configure(String... authenticators) throws IOException {
        var text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
                + String.join("", authenticators);
        issuers.read(List.of(text.getBytes(StandardCharsets.UTF_8)));
        time.advance(Duration.ZERO); // issuers are looked for
    }

    private static String claims(String more) {
        return claims(issuer, more);
    }

    private static String claims(TestIssuer of, String more) {
        return "{\"iss\":\"" + of.url() + "\",\"aud\":\"kube\",\"exp\":" + EXPIRY + ",\"sub\":\"jane\"" + more + "}";
    }

    private VerifiedToken verify(String token) throws InvalidTokenException {
        return new TokenVerifiers(() -> List.copyOf(issuers.verifiers()))
                .verify(token, List.of())
                .orElseThrow();
    }

    private User user(String more) throws Exception {
        return verify(issuer.token(claims(more))).user();
    }

    private String metrics() throws IOException {
        var out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.builder().build().write(out, registry.scrape());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void claimsBecomeAUser() throws Exception {
        configure(jwt(issuer, PLAIN));
        var verified = verify(issuer.token(claims(",\"groups\":[\"dev\",\"ops\"],\"jti\":\"7\"")));
        assertThat(verified)
                .isEqualTo(new VerifiedToken(
                        new User(
                                "oidc:jane",
                                "",
                                List.of("dev", "ops"),
                                Map.of("authentication.kubernetes.io/credential-id", List.of("JTI=7"))),
                        List.of("api"),
                        EXPIRY));
        assertThat(user(",\"groups\":\"dev\"").groups()).containsExactly("dev");
        assertThat(metrics())
                .contains("apiserver_authentication_jwt_authenticator_latency_seconds_count"
                        + "{jwt_issuer_hash=\"sha256:")
                .contains("apiserver_authentication_jwt_authenticator_jwks_fetch_last_key_set_info{")
                .contains("apiserver_authentication_config_controller_last_config_info{");
    }

    @Test
    void tokensOfOthersAreLeftToOthersAndOursAreNotExaminedInPassing() throws Exception {
        configure(jwt(issuer, PLAIN));
        var verifier = issuers.verifiers().getFirst();
        var ours = issuer.token(claims(""));
        assertThatThrownBy(() -> verifier.glance(ours, List.of())).isInstanceOf(UndecidedException.class);
        var others = second.token(claims(second, ""));
        assertThat(verifier.glance(others, List.of())).isEmpty();
        assertThat(verifier.verify(others, List.of())).isEmpty();
        assertThat(verifier.glance("abc.def.ghi", List.of())).isEmpty();
        assertThat(verifier.verify(ours, List.of("elsewhere"))).isEmpty();
    }

    @Test
    void aTokenEndsWithItsTime() throws Exception {
        configure(jwt(issuer, PLAIN));
        time.advance(Duration.ofMinutes(10));
        user("");
        time.advance(Duration.ofSeconds(1));
        assertThatThrownBy(() -> user(""))
                .hasMessage("oidc: verify token: oidc: token is expired (Token Expiry: 2026-01-01T00:10:00Z)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
        "aud":"other","exp":2000000000,"sub":"x"             | expected audience in ["kube"] got ["other"]
        "aud":"kube","sub":"x"                               | token is expired (Token Expiry: none)
        "aud":"kube","exp":2000000000,"nbf":1900000000,"sub":"x" | before the nbf (not before) time
        "aud":"kube","exp":2000000000                        | oidc: parse username claims "sub": claim not present
        "aud":"kube","exp":2000000000,"sub":7                | cannot unmarshal number into Go value of type string
        "aud":"kube","exp":2000000000,"sub":"x","groups":[1] | oidc: parse groups claim "groups": json: cannot unmarshal
        """)
    void otherClaimsAreRefused(String claims, String why) throws Exception {
        configure(jwt(issuer, PLAIN));
        var token = issuer.token("{\"iss\":\"" + issuer.url() + "\"," + claims + "}");
        assertThatThrownBy(() -> verify(token))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageContaining(why);
    }

    @Test
    void whoeverSignsMustBeTheIssuer() throws Exception {
        configure(jwt(issuer, PLAIN));
        var forged = TestIssuer.token(claims(""), TestIssuer.elliptic("k1"), JWSAlgorithm.ES256);
        assertThatThrownBy(() -> verify(forged)).hasMessageContaining("failed to verify id token signature");
        var parts = issuer.token(claims("")).split("\\.");
        var none = "eyJhbGciOiJub25lIn0." + parts[1] + ".";
        assertThat(new TokenVerifiers(() -> List.copyOf(issuers.verifiers())).verify(none, List.of()))
                .isEmpty();
    }

    @Test
    void allAlgorithmsOfRsaAndEllipticCurvesAreKnown() throws Exception {
        var rsa = TestIssuer.rsa("r1");
        issuer.keys = List.of(rsa);
        configure(jwt(issuer, PLAIN));
        for (var algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.RS512, JWSAlgorithm.PS384)) {
            assertThat(verify(TestIssuer.token(claims(""), rsa, algorithm))
                            .user()
                            .name())
                    .isEqualTo("oidc:jane");
        }
    }

    @Test
    void newKeysAreGotWhenATokenNamesThemAndNotForEachStranger() throws Exception {
        configure(jwt(issuer, PLAIN));
        user("");
        int before = issuer.fetches.get();
        issuer.keys = List.of(TestIssuer.elliptic("k2"));
        time.advance(Duration.ofSeconds(2));
        user("");
        assertThat(issuer.fetches.get()).isEqualTo(before + 1);
        for (int i = 0; i < 5; i++) {
            var strange = TestIssuer.token(claims(""), TestIssuer.elliptic("x" + i), JWSAlgorithm.ES256);
            assertThatThrownBy(() -> verify(strange)).isInstanceOf(InvalidTokenException.class);
        }
        assertThat(issuer.fetches.get()).isEqualTo(before + 1);
    }

    @Test
    void anIssuerMayComeLater() throws Exception {
        issuer.up = false;
        configure(jwt(issuer, PLAIN));
        assertThatThrownBy(() -> user("")).hasMessage("oidc: authenticator not initialized");
        issuer.up = true;
        time.advance(Duration.ofSeconds(10));
        assertThat(user("").name()).isEqualTo("oidc:jane");
    }

    @Test
    void theDiscoveryMayBeElsewhereButMustNameTheIssuer() throws Exception {
        issuer.named = "https://tokens.example.com";
        var yaml = jwt(issuer, PLAIN)
                .replace(
                        "url: " + issuer.url(),
                        "url: https://tokens.example.com\n      discoveryURL: " + issuer.url() + "/elsewhere");
        configure(yaml);
        var claims = claims("").replace(issuer.url(), "https://tokens.example.com");
        assertThat(verify(issuer.token(claims)).user().name()).isEqualTo("oidc:jane");
        issuer.named = "https://others.example.com";
        assertThatThrownBy(() -> configure(jwt(issuer, PLAIN)))
                .hasMessageContaining("issuer did not match the issuer returned by provider");
    }

    @Test
    void expressionsMapClaims() throws Exception {
        configure(jwt(issuer, """
                claimMappings:
                  username: {expression: "'corp:' + claims.sub"}
                  groups: {expression: "claims.?roles.orValue([]).map(r, 'role:' + r)"}
                  uid: {expression: "claims.number + claims.nested.deep[0]"}
                  extra:
                  - {key: acme.io/admin, valueExpression: "claims.?admin.orValue(false) ? 'yes' : ''"}
                  - {key: acme.io/team, valueExpression: "claims.team"}
            """));
        var user = user(",\"roles\":[\"a\",\"\"],\"number\":\"5\",\"nested\":{\"deep\":[\"!\"]},\"team\":[\"x\",\"\"]");
        assertThat(user)
                .isEqualTo(
                        new User("corp:jane", "5!", List.of("role:a", "role:"), Map.of("acme.io/team", List.of("x"))));
        assertThatThrownBy(() -> user(",\"number\":\"5\",\"nested\":{\"deep\":[\"!\"]},\"team\":7"))
                .hasMessage(
                        "oidc: error evaluating extra claim expression: claims.team: expression must return a string"
                                + " or a list of strings");
        assertThatThrownBy(() -> user(",\"number\":\"5\",\"nested\":{},\"team\":\"\""))
                .hasMessageContaining("resulted in error: no such key: deep");
    }

    @Test
    void rulesHoldOrNobodyComesIn() throws Exception {
        configure(jwt(issuer, PLAIN + """
                claimValidationRules:
                - {claim: hd, requiredValue: example.com}
                - {expression: "claims.exp - claims.iat <= 86400.0", message: "no more than a day"}
                userValidationRules:
                - {expression: "!user.username.startsWith('system:')", message: "reserved"}
                - {expression: "user.groups.all(g, !g.startsWith('system:'))", message: "reserved group"}
            """));
        var day = ",\"hd\":\"example.com\",\"iat\":" + (EXPIRY - 86_400);
        assertThat(user(day).name()).isEqualTo("oidc:jane");
        assertThatThrownBy(() -> user(day + ",\"groups\":[\"system:masters\"]"))
                .hasMessage("oidc: error evaluating user info validation rule: validation expression"
                        + " 'user.groups.all(g, !g.startsWith('system:'))' failed: reserved group");
        assertThatThrownBy(() -> user(",\"hd\":\"example.com\",\"iat\":" + (EXPIRY - 86_401)))
                .hasMessage("oidc: error evaluating claim validation expression: validation expression 'claims.exp -"
                        + " claims.iat <= 86400.0' failed: no more than a day");
        assertThatThrownBy(() -> user(",\"hd\":\"evil.com\",\"iat\":0"))
                .hasMessage("oidc: required claim hd value does not match. Got = evil.com, want = example.com");
        assertThatThrownBy(() -> user("")).hasMessage("oidc: required claim hd not present in ID token");
    }

    @Test
    void anUnverifiedAddressIsNoName() throws Exception {
        configure(jwt(issuer, """
                claimMappings:
                  username: {claim: email, prefix: ""}
            """));
        assertThat(user(",\"email\":\"j@example.com\"").name()).isEqualTo("j@example.com");
        assertThatThrownBy(() -> user(",\"email\":\"j@example.com\",\"email_verified\":false"))
                .hasMessage("oidc: email not verified");
    }

    @Test
    void anotherConfigurationTakesOverWhenItsIssuersAreThere() throws Exception {
        configure(jwt(issuer, PLAIN));
        user("");
        int fetches = issuer.fetches.get();
        second.up = false;
        assertThatThrownBy(() -> configure(jwt(issuer, PLAIN), jwt(second, PLAIN)))
                .isInstanceOf(IOException.class);
        assertThat(user("").name()).isEqualTo("oidc:jane");
        assertThat(issuers.verifiers()).hasSize(1);
        second.up = true;
        configure(jwt(issuer, PLAIN), jwt(second, PLAIN));
        assertThat(verify(second.token(claims(second, ""))).user().name()).isEqualTo("oidc:jane");
        user("");
        assertThat(issuer.fetches.get()).as("keys of those that stay").isEqualTo(fetches);
        configure(jwt(second, PLAIN));
        assertThat(issuers.verifiers().getFirst().verify(issuer.token(claims("")), List.of()))
                .isEmpty();
        assertThat(metrics())
                .contains("apiserver_authentication_config_controller_automatic_reloads_total{apiserver_id_hash=")
                .contains("status=\"success\"} 2.0");
    }

    @Test
    void itSaysWhereNobodyIsHeard() {
        var text = """
            {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration",
             "anonymous": {"enabled": true, "conditions": [{"path": "/livez"}]}}
            """;
        assertThat(AuthenticationConfiguration.parse(text).anonymous())
                .contains(new AnonymousAccess(true, Set.of("/livez")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        jwt: [{issuer: {url: "http://a", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}}}] | jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https
        jwt: [{issuer: {url: "https://cluster", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}}}] | URL must not overlap with disallowed issuers: [https://cluster]
        jwt: [{issuer: {url: "https://a", audiences: []}, claimMappings: {username: {claim: sub, prefix: ""}}}] | jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required
        jwt: [{issuer: {url: "https://a", audiences: [x, y]}, claimMappings: {username: {claim: sub, prefix: ""}}}] | audienceMatchPolicy must be MatchAny for multiple audiences
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {claim: sub}}}] | jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {expression: claims.email}}}] | claims.email_verified must be used in claimMappings.username.expression or
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {expression: "claims."}}}] | jwt[0].claimMappings.username.expression: Invalid value: "claims.": compilation failed
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}, extra: [{key: kubernetes.io/x, valueExpression: "''"}]}}] | are reserved for Kubernetes use
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}}, userValidationRules: [{expression: "user.username"}]}] | jwt[0].userValidationRules[0].expression: Invalid value: "user.username": must evaluate to bool
        jwt: [{issuer: {url: "https://a", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}}, userValidationRules: [{expression: "user.nick == ''"}]}] | undefined field 'nick'
        jwt: [{issuer: {uri: "https://a"}}]               | strict decoding error: unknown field "jwt[0].issuer.uri"
        jwt: [{issuer: {url: "https://a", audiences: x}}] | jwt[0].issuer.audiences must be a list
        anonymous: {enabled: false, conditions: [{path: /livez}]} | enabled should be set to true when conditions are defined
        """)
    void whatCanNotBeIsTold(String yaml, String why) {
        var text = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n" + yaml;
        assertThatThrownBy(() -> issuers.read(List.of(text.getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
