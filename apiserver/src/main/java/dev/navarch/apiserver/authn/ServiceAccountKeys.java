package dev.navarch.apiserver.authn;

import static java.util.Objects.requireNonNull;

import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;
import java.util.function.Supplier;

/**
 * What service-account tokens are signed with: RSA (RS256) or P-256 (ES256).
 *
 * @param signing signs new tokens
 * @param others whose tokens are accepted too: of former keys, and of those to come
 */
public record ServiceAccountKeys(KeyPair signing, List<PublicKey> others) {
    public ServiceAccountKeys {
        requireNonNull(signing);
        others = List.copyOf(others);
    }

    /** For good. */
    public static Supplier<ServiceAccountKeys> fixed(KeyPair signing) {
        var keys = new ServiceAccountKeys(signing, List.of());
        return () -> keys;
    }
}
