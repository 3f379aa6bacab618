package dev.navarch.apiserver.net;

import static java.util.Objects.requireNonNull;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** A certificate with its key. {@code chain} starts with the certificate itself. */
public record TlsMaterial(PrivateKey key, List<X509Certificate> chain) {
    /**
     * The type of key store for keys that only pass through memory. The default type, PKCS #12, would hash ten thousand
     * rounds for each key to encrypt it with a password that nobody needs.
     */
    public static final String IN_MEMORY = "JKS";

    public TlsMaterial {
        requireNonNull(key);
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a certificate chain needs at least one certificate");
        }
    }
}
