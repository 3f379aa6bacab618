package dev.navarch.apiserver.authn;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.navarch.apiserver.authn.LegacyTokenUses.Kind;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.User;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens of service accounts that lie in secrets: they don't end, and are good while their secret has them. Source:
 * k8s.io/kubernetes pkg/serviceaccount/legacy.go.
 */
public final class LegacyTokens {
    static final String ISSUER = "kubernetes/serviceaccount";
    private static final String PREFIX = "kubernetes.io/serviceaccount/";
    private static final String NAMESPACE = PREFIX + "namespace";
    private static final String SECRET = PREFIX + "secret.name";
    private static final String ACCOUNT = PREFIX + "service-account.name";
    private static final String UID = PREFIX + "service-account.uid";

    private static final String INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";

    private LegacyTokens() {}

    /** A token, signed with the key that the API server's own are signed with. */
    public static String sign(KeyPair keys, String namespace, String account, String uid, String secret) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", ISSUER);
        claims.put(NAMESPACE, namespace);
        claims.put(SECRET, secret);
        claims.put(ACCOUNT, account);
        claims.put(UID, uid);
        claims.put("sub", "system:serviceaccount:" + namespace + ":" + account);
        boolean elliptic = keys.getPublic() instanceof ECPublicKey;
        try {
            var token = new JWSObject(
                    new JWSHeader.Builder(elliptic ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256)
                            .keyID(ServiceAccountTokens.keyId(keys.getPublic()))
                            .build(),
                    new Payload(claims));
            token.sign(
                    elliptic ? new ECDSASigner((ECPrivateKey) keys.getPrivate()) : new RSASSASigner(keys.getPrivate()));
            return token.serialize();
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalStateException("A token could not be signed", e);
        }
    }

    /**
     * Whom a token whose signature is right stands for.
     *
     * @throws InvalidTokenException if its secret or its account is not there or has changed
     */
    static User judge(String token, JWTClaimsSet claims, ObjectReader objects, Optional<LegacyTokenUses> uses)
            throws ParseException, InvalidTokenException {
        var namespace = claim(claims, NAMESPACE, "namespace");
        var account = claim(claims, ACCOUNT, "serviceAccountName");
        var uid = claim(claims, UID, "serviceAccountUID");
        var secretName = claim(claims, SECRET, "secretName");
        if (!("system:serviceaccount:" + namespace + ":" + account).equals(claims.getSubject())) {
            throw new InvalidTokenException("sub claim is invalid");
        }
        var secret = objects.read("", "secrets", namespace, secretName)
                .filter(LegacyTokens::isThere)
                .orElseThrow(() -> new InvalidTokenException("service account token has been invalidated"));
        if (!MessageDigest.isEqual(
                token.getBytes(StandardCharsets.US_ASCII),
                decoded(secret.path("data").path("token").asString("")))) {
            throw new InvalidTokenException("service account token does not match server's copy");
        }
        var found = objects.read("", "serviceaccounts", namespace, account)
                .filter(LegacyTokens::isThere)
                .orElseThrow(() -> new InvalidTokenException(
                        "service account " + namespace + "/" + account + " has been deleted"));
        var actual = found.path("metadata").path("uid").asString("");
        if (!actual.equals(uid)) {
            throw new InvalidTokenException("service account UID (" + actual + ") does not match claim (" + uid + ")");
        }
        if (!secret.path("metadata")
                .path("labels")
                .path(INVALID_SINCE)
                .asString("")
                .isEmpty()) {
            uses.ifPresent(u -> u.used(secret, Kind.INVALID));
            throw new InvalidTokenException("the token in secret " + namespace + "/" + secretName
                    + " for service account " + namespace + "/" + account
                    + " has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based"
                    + " tokens, or remove the '" + INVALID_SINCE
                    + "' label from the secret to temporarily allow use of this token");
        }
        uses.ifPresent(u -> u.used(secret, lists(found, secretName) ? Kind.LISTED : Kind.MANUAL));
        return User.serviceAccount(namespace, account, uid, Map.of());
    }

    private static boolean lists(ObjectNode account, String secret) {
        for (var listed : account.path("secrets")) {
            if (listed.path("name").asString("").equals(secret)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isThere(ObjectNode object) {
        return object.path("metadata").path("deletionTimestamp").asString("").isEmpty();
    }

    private static String claim(JWTClaimsSet claims, String name, String what)
            throws ParseException, InvalidTokenException {
        var value = claims.getStringClaim(name);
        if (value == null || value.isEmpty()) {
            throw new InvalidTokenException(what + " claim is missing");
        }
        return value;
    }

    private static byte[] decoded(String data) {
        try {
            return Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }
}
