package dev.navarch.kubelet.certificates;

import static java.util.Objects.requireNonNull;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** A key and the certificate that vouches for it, which comes first in its chain. */
public record Certified(PrivateKey key, List<X509Certificate> chain) {
    public Certified {
        requireNonNull(key);
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a certificate chain needs at least one certificate");
        }
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }
}
