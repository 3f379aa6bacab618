package dev.navarch.apiserver;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Signs service-account tokens. */
public interface TokenIssuer {

    IssuedToken issue(TokenSpec spec);

    /** @param audiences empty for the API server's own */
    record TokenSpec(
            String namespace,
            String serviceAccount,
            String serviceAccountUid,
            List<String> audiences,
            Duration lifetime,
            Optional<BoundObject> boundTo,
            Optional<BoundObject> node) {
        public TokenSpec {
            audiences = List.copyOf(audiences);
        }
    }

    /**
     * The object whose deletion ends the token.
     *
     * @param kind Pod, Secret or Node
     */
    record BoundObject(String kind, String name, String uid) {}

    record IssuedToken(String token, List<String> audiences, Instant issuedAt, Instant expiresAt) {}
}
