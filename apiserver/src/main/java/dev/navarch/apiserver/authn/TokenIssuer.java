package dev.navarch.apiserver.authn;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Signs service-account tokens. */
public interface TokenIssuer {

    IssuedToken issue(TokenSpec spec);

    /**
     * @param audiences empty for the API server's own
     * @param warnAfter of a token that lives longer than it was asked for: how long that was
     */
    record TokenSpec(
            String namespace,
            String serviceAccount,
            String serviceAccountUid,
            List<String> audiences,
            Duration lifetime,
            Optional<BoundObject> boundTo,
            Optional<BoundObject> node,
            Optional<Duration> warnAfter) {
        /** One that lives as long as it was asked for. */
        public TokenSpec(
                String namespace,
                String serviceAccount,
                String serviceAccountUid,
                List<String> audiences,
                Duration lifetime,
                Optional<BoundObject> boundTo,
                Optional<BoundObject> node) {
            this(namespace, serviceAccount, serviceAccountUid, audiences, lifetime, boundTo, node, Optional.empty());
        }

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
