package dev.navarch.apiserver.authn;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Judges clients' certificates by the authorities that may issue them. */
final class ClientChains {
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_PURPOSE = "2.5.29.37.0";

    private final List<X509Certificate> of;
    private final Set<TrustAnchor> anchors;
    private final Set<X509Certificate> authorities;

    ClientChains(List<X509Certificate> authorities) {
        of = authorities;
        this.authorities = Set.copyOf(authorities);
        anchors = authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
    }

    /** All certificates of a PEM text; at least one. */
    static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        var all = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                .map(X509Certificate.class::cast)
                .toList();
        if (all.isEmpty()) {
            throw new GeneralSecurityException("data does not contain any valid RSA or ECDSA certificates");
        }
        return all;
    }

    /** Whether they were made of this very list. */
    boolean areOf(List<X509Certificate> list) {
        return of == list;
    }

    /** Whether there is no authority, so that nobody is known. */
    boolean isEmpty() {
        return anchors.isEmpty();
    }

    /**
     * Whether the first certificate may be shown by clients.
     *
     * @throws GeneralSecurityException if none of the authorities vouches for it at this time
     */
    boolean holds(List<X509Certificate> chain, Instant now) throws GeneralSecurityException {
        List<X509Certificate> path = new ArrayList<>(chain);
        path.removeIf(authorities::contains);
        if (!path.isEmpty()) {
            var parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
        }
        var purposes = chain.getFirst().getExtendedKeyUsage();
        return purposes == null || purposes.contains(CLIENT_AUTH) || purposes.contains(ANY_PURPOSE);
    }
}
