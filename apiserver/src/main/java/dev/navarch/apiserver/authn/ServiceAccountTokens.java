package dev.navarch.apiserver.authn;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Service-account tokens: JSON web tokens bound to an account and, if asked, to a pod, secret or node. A token dies with
 * what it is bound to. Source: k8s.io/kubernetes pkg/serviceaccount/{jwt,claims}.go.
 */
public final class ServiceAccountTokens implements TokenIssuer, TokenVerifier {
    private static final String PREFIX = "authentication.kubernetes.io/";
    private static final String WARN_AFTER = "warnafter";

    private final List<String> issuers;
    private final List<String> ownAudiences;
    private final Supplier<ServiceAccountKeys> keys;
    private final ObjectReader objects;
    private volatile Optional<LegacyTokenUses> legacyUses = Optional.empty();
    private final TimeSource time;
    private final ExtendedTokenUses extendedUses;
    private volatile @Nullable Ready ready;

    /** Whose a token is, whatever it is asked for. */
    private record Verdict(User user, List<String> audiences, long lastSecond) {}

    /**
     * @param issuers the first of them of new tokens
     * @param keys at this moment; other ones are told by identity
     */
    public ServiceAccountTokens(
            List<String> issuers,
            List<String> ownAudiences,
            Supplier<ServiceAccountKeys> keys,
            ObjectReader objects,
            TimeSource time,
            ExtendedTokenUses extendedUses) {
        this.issuers = List.copyOf(issuers);
        this.extendedUses = extendedUses;
        this.ownAudiences = List.copyOf(ownAudiences);
        this.keys = keys;
        this.objects = objects;
        this.time = time;
    }

    /** @throws IllegalArgumentException if a key can't be used */
    public void check() {
        ready();
    }

    /** Where it is noted from now on when tokens that lie in secrets are used. */
    public void noteUses(LegacyTokenUses uses) {
        legacyUses = Optional.of(uses);
    }

    /** Keys, made ready for use. */
    static final class Ready {
        private final ServiceAccountKeys of;
        private final JWSSigner signer;
        private final JWSHeader header;
        private final Map<String, JWSVerifier> verifiers = new LinkedHashMap<>();
        private final List<JWK> published = new ArrayList<>();

        Ready(ServiceAccountKeys of) {
            this.of = of;
            var signing = of.signing();
            try {
                boolean elliptic = signing.getPublic() instanceof ECPublicKey;
                signer = elliptic
                        ? new ECDSASigner((ECPrivateKey) signing.getPrivate())
                        : new RSASSASigner(signing.getPrivate());
                header = new JWSHeader.Builder(algorithm(signing.getPublic()))
                        .keyID(keyId(signing.getPublic()))
                        .build();
                accept(signing.getPublic());
                for (var key : of.others()) {
                    accept(key);
                }
            } catch (JOSEException | GeneralSecurityException e) {
                throw new IllegalArgumentException("A service-account key cannot be used", e);
            }
        }

        /** Source: k8s.io/kubernetes pkg/serviceaccount/jwt.go, signerFromECDSAPrivateKey. */
        private static JWSAlgorithm algorithm(PublicKey key) throws JOSEException {
            return key instanceof ECPublicKey ec
                    ? ECDSA.resolveAlgorithm(Curve.forECParameterSpec(ec.getParams()))
                    : JWSAlgorithm.RS256;
        }

        private void accept(PublicKey key) throws JOSEException, GeneralSecurityException {
            var id = keyId(key);
            if (verifiers.containsKey(id)) {
                return;
            }
            switch (key) {
                case RSAPublicKey rsa -> {
                    verifiers.put(id, new RSASSAVerifier(rsa));
                    published.add(new RSAKey.Builder(rsa)
                            .keyID(id)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(JWSAlgorithm.RS256)
                            .build());
                }
                case ECPublicKey ec -> {
                    verifiers.put(id, new ECDSAVerifier(ec));
                    published.add(new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec)
                            .keyID(id)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(algorithm(ec))
                            .build());
                }
                default -> throw new GeneralSecurityException("neither RSA nor ECDSA: " + key.getAlgorithm());
            }
        }

        /** The public keys. */
        List<JWK> published() {
            return published;
        }

        boolean signed(SignedJWT jwt) throws JOSEException {
            var named = verifiers.get(jwt.getHeader().getKeyID());
            return named != null
                    && named.supportedJWSAlgorithms().contains(jwt.getHeader().getAlgorithm())
                    && jwt.verify(named);
        }
    }

    /** Those of this moment. */
    Ready ready() {
        var now = keys.get();
        var known = ready;
        if (known == null || known.of != now) {
            known = new Ready(now);
            ready = known;
        }
        return known;
    }

    /** Source: k8s.io/kubernetes pkg/serviceaccount/jwt.go, keyIDFromPublicKey. */
    static String keyId(PublicKey key) throws GeneralSecurityException {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    }

    /** Of new tokens. */
    String issuer() {
        return issuers.getFirst();
    }

    /** What the server calls itself in tokens. */
    List<String> ownAudiences() {
        return ownAudiences;
    }

    @Override
    public IssuedToken issue(TokenSpec spec) {
        var now = time.now().truncatedTo(ChronoUnit.SECONDS);
        var expires = now.plus(spec.lifetime());
        var audiences = spec.audiences().isEmpty() ? ownAudiences : spec.audiences();
        Map<String, Object> kubernetes = new LinkedHashMap<>();
        kubernetes.put("namespace", spec.namespace());
        spec.node().ifPresent(node -> kubernetes.put("node", reference(node.name(), node.uid())));
        spec.boundTo()
                .ifPresent(bound ->
                        kubernetes.put(bound.kind().toLowerCase(Locale.ROOT), reference(bound.name(), bound.uid())));
        kubernetes.put("serviceaccount", reference(spec.serviceAccount(), spec.serviceAccountUid()));
        spec.warnAfter()
                .ifPresent(wanted -> kubernetes.put(WARN_AFTER, now.plus(wanted).getEpochSecond()));
        var claims = new JWTClaimsSet.Builder()
                .audience(audiences)
                .expirationTime(Date.from(expires))
                .issueTime(Date.from(now))
                .notBeforeTime(Date.from(now))
                .issuer(issuer())
                .jwtID(UUID.randomUUID().toString())
                .claim("kubernetes.io", kubernetes)
                .subject("system:serviceaccount:" + spec.namespace() + ":" + spec.serviceAccount())
                .build();
        var payload = claims.toJSONObject();
        payload.put("aud", audiences); // always a list upstream, which readers of tokens rely on
        var signing = ready();
        var token = new JWSObject(signing.header, new Payload(payload));
        try {
            token.sign(signing.signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("A token could not be signed", e);
        }
        return new IssuedToken(token.serialize(), audiences, now, expires);
    }

    private static Map<String, Object> reference(String name, String uid) {
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put("name", name);
        reference.put("uid", uid);
        return reference;
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        var examined = examine(token);
        if (examined.isEmpty()) {
            return Optional.empty();
        }
        var known = examined.get();
        var wanted = audiences.isEmpty() ? ownAudiences : audiences;
        if (known.audiences.equals(wanted)) {
            return Optional.of(new VerifiedToken(known.user, wanted, known.lastSecond));
        }
        var common = known.audiences.stream().filter(wanted::contains).toList();
        if (common.isEmpty()) {
            throw new InvalidTokenException("token audiences " + GoText.quote(known.audiences)
                    + " is invalid for the target audiences " + GoText.quote(wanted));
        }
        return Optional.of(new VerifiedToken(known.user, common, known.lastSecond));
    }

    private Optional<Verdict> examine(String token) throws InvalidTokenException {
        try {
            var jwt = SignedJWT.parse(token);
            var claims = jwt.getJWTClaimsSet();
            var from = claims.getIssuer() == null ? "" : claims.getIssuer();
            boolean legacy = LegacyTokens.ISSUER.equals(from);
            if (!legacy && !issuers.contains(from)) {
                return Optional.empty();
            }
            if (!ready().signed(jwt)) {
                throw new InvalidTokenException("invalid bearer token");
            }
            return Optional.of(
                    legacy
                            ? new Verdict(
                                    LegacyTokens.judge(token, claims, objects, legacyUses),
                                    ownAudiences,
                                    VerifiedToken.ENDLESS)
                            : judge(claims));
        } catch (ParseException | JOSEException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private Verdict judge(JWTClaimsSet claims) throws ParseException, InvalidTokenException {
        var now = time.now();
        var expires = claims.getExpirationTime();
        var notBefore = claims.getNotBeforeTime();
        if (expires == null || expires.toInstant().isBefore(now)) {
            throw new InvalidTokenException("service account token has expired");
        }
        if (notBefore != null && notBefore.toInstant().isAfter(now.plusSeconds(60))) {
            throw new InvalidTokenException("service account token is not valid yet");
        }
        var kubernetes = claims.getJSONObjectClaim("kubernetes.io");
        if (kubernetes == null) {
            throw new InvalidTokenException("service account token has no kubernetes.io claims");
        }
        var namespace = String.valueOf(kubernetes.get("namespace"));
        var account = bound(kubernetes, "serviceaccount")
                .orElseThrow(() -> new InvalidTokenException("service account token names no account"));
        if (!("system:serviceaccount:" + namespace + ":" + account.name()).equals(claims.getSubject())) {
            throw new InvalidTokenException("service account token has an inconsistent subject");
        }
        check("service account", "serviceaccounts", namespace, account);

        Map<String, List<String>> extra = new HashMap<>();
        if (claims.getJWTID() != null) {
            extra.put(PREFIX + "credential-id", List.of("JTI=" + claims.getJWTID()));
        }
        var secret = bound(kubernetes, "secret");
        if (secret.isPresent()) {
            check("secret", "secrets", namespace, secret.get());
        }
        var pod = bound(kubernetes, "pod");
        if (pod.isPresent()) {
            check("pod", "pods", namespace, pod.get());
            extra.put(PREFIX + "pod-name", List.of(pod.get().name()));
            extra.put(PREFIX + "pod-uid", List.of(pod.get().uid()));
        }
        var node = bound(kubernetes, "node");
        if (node.isPresent()) {
            if (pod.isEmpty()) { // beside a pod it is information only
                check("node", "nodes", "", node.get());
            }
            extra.put(PREFIX + "node-name", List.of(node.get().name()));
            extra.put(PREFIX + "node-uid", List.of(node.get().uid()));
        }
        if (kubernetes.get(WARN_AFTER) instanceof Number warned && warned.longValue() != 0) {
            extendedUses.used(now.getEpochSecond() > warned.longValue());
        }
        return new Verdict(
                User.serviceAccount(namespace, account.name(), account.uid(), extra),
                claims.getAudience(),
                expires.toInstant().getEpochSecond());
    }

    private static Optional<BoundObject> bound(Map<String, Object> kubernetes, String kind) {
        return kubernetes.get(kind) instanceof Map<?, ?> reference
                ? Optional.of(new BoundObject(
                        kind, String.valueOf(reference.get("name")), String.valueOf(reference.get("uid"))))
                : Optional.empty();
    }

    /** The object must be there, be the same one, and not be gone for more than its last minute. */
    private void check(String what, String resource, String namespace, BoundObject reference)
            throws InvalidTokenException {
        var found = objects.read("", resource, namespace, reference.name());
        if (found.isEmpty()) {
            throw new UnboundTokenException(what + " " + namespace + "/" + reference.name() + " is not found");
        }
        var meta = found.get().path("metadata");
        var uid = meta.path("uid").asString("");
        if (!uid.equals(reference.uid())) {
            throw new UnboundTokenException(
                    "The " + what + " UID (" + uid + ") does not match claim (" + reference.uid() + ")");
        }
        var deleted = meta.path("deletionTimestamp").asString("");
        if (!deleted.isEmpty() && Instant.parse(deleted).plusSeconds(60).isBefore(time.now())) {
            throw new InvalidTokenException(what + " " + namespace + "/" + reference.name() + " has been deleted");
        }
    }
}
