package dev.navarch.apiserver.authn.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jwt.SignedJWT;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Users by the tokens of one issuer (source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go). Tokens of others
 * are left to others at once; one of this issuer's is examined only where waiting is fine. Claims that lie elsewhere
 * ({@code _claim_sources}) are not fetched.
 */
final class JwtAuthenticator implements TokenVerifier, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JwtAuthenticator.class);
    private static final Duration NOT_BEFORE_LEEWAY = Duration.ofMinutes(5);
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /** Source: OpenID Connect Core 1.0, section 15.6.2. */
    private static final String OLD_GOOGLE = "accounts.google.com";

    private final JwtSettings settings;
    private final ClaimMapping mapping;
    private final IssuerKeys keys;
    private final List<String> ownAudiences;
    private final TimeSource time;
    private final JwtMetrics metrics;
    private final JsonMapper json = JsonMapper.shared();
    private TimeSource.Timer timer = () -> false;
    private boolean closed;

    /** @param ownAudiences the API server's own, since a token of others says nothing of these */
    JwtAuthenticator(JwtRules.Rules rules, List<String> ownAudiences, TimeSource time, JwtMetrics metrics) {
        this.settings = rules.settings();
        this.mapping = new ClaimMapping(rules);
        this.ownAudiences = List.copyOf(ownAudiences);
        this.time = time;
        this.metrics = metrics;
        keys = new IssuerKeys(settings.issuer(), time, metrics);
    }

    JwtSettings settings() {
        return settings;
    }

    private String issuer() {
        return settings.issuer().url();
    }

    /** Finds the issuer, which may be a pod of this very cluster, now or later. */
    synchronized void start() {
        if (!closed) {
            timer = time.schedule(Duration.ZERO, this::find);
        }
    }

    private void find() {
        try {
            keys.discover();
        } catch (IOException e) {
            log.warn("oidc authenticator: issuer {} is not there: {}", issuer(), e.getMessage());
            synchronized (this) {
                if (!closed) {
                    timer = time.schedule(AGAIN, this::find);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** @throws IOException if the issuer is not there now */
    void findNow() throws IOException {
        try {
            if (!keys.found()) {
                keys.discover();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public Optional<VerifiedToken> glance(String token, List<String> wanted) {
        if (ours(token).isEmpty()) {
            return Optional.empty();
        }
        throw new UndecidedException();
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> wanted) throws InvalidTokenException {
        var jwt = ours(token);
        if (jwt.isEmpty()) {
            return Optional.empty();
        }
        var common = wanted.isEmpty()
                ? ownAudiences
                : wanted.stream().filter(ownAudiences::contains).toList();
        if (common.isEmpty()) {
            return Optional.empty();
        }
        long from = metrics.start();
        boolean ok = false;
        try {
            var claims = jwt.get().claims;
            long lastSecond = valid(claims);
            signed(jwt.get().jwt);
            var user = mapping.user(claims);
            ok = true;
            return Optional.of(new VerifiedToken(user, common, lastSecond));
        } finally {
            metrics.examined(issuer(), ok, from);
        }
    }

    private record Parsed(SignedJWT jwt, ObjectNode claims) {}

    /** A token that says that it is this issuer's; nothing of it is verified. */
    private Optional<Parsed> ours(String token) {
        try {
            var jwt = SignedJWT.parse(token);
            if (json.readTree(jwt.getPayload().toBytes()) instanceof ObjectNode claims) {
                var said = Tree.text(claims, "iss");
                if (issuer().equals(said.equals(OLD_GOOGLE) ? "https://" + OLD_GOOGLE : said)) {
                    return Optional.of(new Parsed(jwt, claims));
                }
            }
        } catch (ParseException | JacksonException | IllegalArgumentException _) {
            // not ours
        }
        return Optional.empty();
    }

    /** The last second of the token's life. */
    private long valid(ObjectNode claims) throws InvalidTokenException {
        var audiences =
                claims.path("aud").isString() ? List.of(claims.path("aud").stringValue()) : Tree.strings(claims, "aud");
        if (audiences.stream().noneMatch(settings.issuer().audiences()::contains)) {
            throw refused("expected audience in "
                    + GoText.quote(List.copyOf(new TreeSet<>(settings.issuer().audiences())))
                    + " got " + GoText.quote(audiences));
        }
        var now = time.now();
        var expires = instant(claims.path("exp"));
        if (expires.isEmpty() || expires.get().isBefore(now)) {
            throw refused("token is expired (Token Expiry: "
                    + expires.map(Instant::toString).orElse("none") + ")");
        }
        var notBefore = instant(claims.path("nbf"));
        if (notBefore.isPresent() && now.plus(NOT_BEFORE_LEEWAY).isBefore(notBefore.get())) {
            throw refused("current time " + now + " before the nbf (not before) time: " + notBefore.get());
        }
        return expires.get().getEpochSecond();
    }

    private static Optional<Instant> instant(JsonNode number) {
        return number.isNumber() && Math.abs(number.doubleValue()) < 1e11
                ? Optional.of(Instant.ofEpochSecond((long) number.doubleValue()))
                : Optional.empty();
    }

    private static InvalidTokenException refused(String why) {
        return new InvalidTokenException("oidc: verify token: oidc: " + why);
    }

    private void signed(SignedJWT jwt) throws InvalidTokenException {
        var algorithm = jwt.getHeader().getAlgorithm().getName();
        if (!settings.algorithms().contains(algorithm)) {
            throw refused("malformed jwt: unexpected signature algorithm " + GoText.quote(algorithm));
        }
        if (!keys.found()) {
            throw new InvalidTokenException("oidc: authenticator not initialized");
        }
        var known = keys.known();
        if (signedBy(jwt, known)) {
            return;
        }
        try {
            var fresh = keys.fetch(known);
            if (fresh != known && signedBy(jwt, fresh)) {
                return;
            }
        } catch (IOException e) {
            throw refused("failed to verify signature: " + e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw refused("failed to verify signature: there was no time");
        }
        throw refused("failed to verify signature: failed to verify id token signature");
    }

    private static boolean signedBy(SignedJWT jwt, List<JWK> keys) {
        var id = jwt.getHeader().getKeyID();
        for (var key : keys) {
            boolean named = id == null || id.isEmpty() || id.equals(key.getKeyID());
            if (named
                    && !KeyUse.ENCRYPTION.equals(key.getKeyUse())
                    && key instanceof AsymmetricJWK pair
                    && signedBy(jwt, pair)) {
                return true;
            }
        }
        return false;
    }

    private static boolean signedBy(SignedJWT jwt, AsymmetricJWK key) {
        try {
            return jwt.verify(new DefaultJWSVerifierFactory().createJWSVerifier(jwt.getHeader(), key.toPublicKey()));
        } catch (JOSEException _) {
            return false; // a key of another kind
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.cancel();
        keys.close();
    }
}
