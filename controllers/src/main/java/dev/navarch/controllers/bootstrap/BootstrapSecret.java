package dev.navarch.controllers.bootstrap;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** What secrets with bootstrap tokens say. source: kubernetes staging/src/k8s.io/cluster-bootstrap (token/api, util/secrets). */
final class BootstrapSecret {
    static final String NAMESPACE = "kube-system";
    private static final String TYPE = "bootstrap.kubernetes.io/token";
    private static final String PREFIX = "bootstrap-token-";
    private static final String ID = "token-id";
    private static final String SECRET = "token-secret";
    private static final String EXPIRATION = "expiration";
    private static final String SIGNING = "usage-bootstrap-signing";

    private BootstrapSecret() {}

    /** A token that may be used to sign. */
    record SigningToken(String id, String secret) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "SigningToken[" + id + "]";
        }
    }

    static boolean isToken(Secret secret) {
        return TYPE.equals(secret.getType())
                && NAMESPACE.equals(secret.getMetadata().getNamespace());
    }

    /** When it ends; a time that can't be read is over. Empty if it never does. */
    static Optional<Instant> end(Secret secret) {
        var text = data(secret, EXPIRATION);
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(Timestamps.parse(text).orElse(Instant.MIN));
    }

    /** The token, if it is complete, still good and for signing. */
    static Optional<SigningToken> signing(Secret secret, Instant now) {
        var token = new SigningToken(data(secret, ID), data(secret, SECRET));
        boolean good = isToken(secret)
                && secret.getMetadata().getName().equals(PREFIX + token.id)
                && !token.id.isEmpty()
                && !token.secret.isEmpty()
                && data(secret, SIGNING).equals("true")
                && end(secret).filter(end -> !now.isBefore(end)).isEmpty();
        return good ? Optional.of(token) : Optional.empty();
    }

    private static String data(Secret secret, String key) {
        var value = secret.getData() == null ? null : secret.getData().get(key);
        try {
            return value == null ? "" : new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return key.equals(EXPIRATION) ? "unreadable" : "";
        }
    }
}
