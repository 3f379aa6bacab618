package dev.navarch.embedded.pki;

import dev.navarch.client.Pem;
import dev.navarch.controllers.CertificateSigner;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Signs requests of the API with a cluster's authority. source: kubernetes pkg/controller/certificates/authority
 * (authority.go, policies.go).
 */
public final class RequestSigner implements CertificateSigner {
    /** Certificates that live shorter than this do not lose what they are dated back. */
    private static final Duration SHORT = Duration.ofHours(8);

    /** Bits of the key usage extension by the API's names. */
    private static final Map<String, Integer> USAGES = Map.of(
            "signing", CertificateAuthority.DIGITAL_SIGNATURE,
            "digital signature", CertificateAuthority.DIGITAL_SIGNATURE,
            "content commitment", 0x40,
            "key encipherment", 0x20,
            "key agreement", 0x08,
            "data encipherment", 0x10,
            "cert sign", 0x04,
            "crl sign", 0x02,
            "encipher only", 0x01,
            "decipher only", 0x8000);

    /** Object identifiers by the API's names. */
    private static final Map<String, String> PURPOSES = Map.ofEntries(
            Map.entry("any", "2.5.29.37.0"),
            Map.entry("server auth", "1.3.6.1.5.5.7.3.1"),
            Map.entry("client auth", "1.3.6.1.5.5.7.3.2"),
            Map.entry("code signing", "1.3.6.1.5.5.7.3.3"),
            Map.entry("email protection", "1.3.6.1.5.5.7.3.4"),
            Map.entry("s/mime", "1.3.6.1.5.5.7.3.4"),
            Map.entry("ipsec end system", "1.3.6.1.5.5.7.3.5"),
            Map.entry("ipsec tunnel", "1.3.6.1.5.5.7.3.6"),
            Map.entry("ipsec user", "1.3.6.1.5.5.7.3.7"),
            Map.entry("timestamping", "1.3.6.1.5.5.7.3.8"),
            Map.entry("ocsp signing", "1.3.6.1.5.5.7.3.9"),
            Map.entry("microsoft sgc", "1.3.6.1.4.1.311.10.3.3"),
            Map.entry("netscape sgc", "2.16.840.1.113730.4.1"));

    private final CertificateAuthority authority;

    public RequestSigner(CertificateAuthority authority) {
        this.authority = authority;
    }

    @Override
    public Requested read(byte[] request) throws GeneralSecurityException {
        return SigningRequest.parse(request).requested();
    }

    @Override
    public String sign(byte[] request, List<String> usages, Instant now, Duration validity)
            throws GeneralSecurityException {
        var parsed = SigningRequest.parse(request);
        int bits = 0;
        List<String> purposes = new ArrayList<>();
        for (var usage : usages) {
            if (USAGES.containsKey(usage)) {
                bits |= USAGES.get(usage);
            } else if (!PURPOSES.containsKey(usage)) {
                throw new GeneralSecurityException("unrecognized usage values: [\"" + usage + "\"]");
            } else if (!purposes.contains(PURPOSES.get(usage))) {
                purposes.add(PURPOSES.get(usage));
            }
        }
        return Pem.encode(authority.certify(
                new CertificateAuthority.Content(parsed.subject(), parsed.key(), bits, purposes, parsed.names()),
                now,
                validity.compareTo(SHORT) < 0 ? validity : validity.minus(CertificateAuthority.SKEW)));
    }
}
