package dev.navarch.embedded.pki;

import static java.util.Objects.requireNonNull;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * A key and the certificate chain that vouches for it.
 *
 * @param chain the certificate first, its issuers after it
 */
public record Identity(PrivateKey key, X509Certificate[] chain) {
    public Identity {
        requireNonNull(key);
        if (chain.length == 0) {
            throw new IllegalArgumentException("an identity needs a certificate");
        }
    }

    public X509Certificate certificate() {
        return chain[0];
    }
}
