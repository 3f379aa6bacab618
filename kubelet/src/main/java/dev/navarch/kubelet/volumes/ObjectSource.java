package dev.navarch.kubelet.volumes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Instant;
import java.util.Optional;

/** The API objects that pods refer to. What is given may be a little old. */
public interface ObjectSource {

    Optional<ConfigMap> configMap(String namespace, String name);

    Optional<Secret> secret(String namespace, String name);

    /** A new token of the pod's service account, bound to the pod; {@code audience} "" is the API server's. */
    Token token(Pod pod, String audience, long expirationSeconds);

    /** A token and when it ends. */
    record Token(String value, Instant issuedAt, Instant expiresAt) {
        @Override
        public String toString() {
            return "Token[expiresAt=" + expiresAt + "]"; // never the secret
        }
    }
}
