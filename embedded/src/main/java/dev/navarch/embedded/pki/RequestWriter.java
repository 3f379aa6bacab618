package dev.navarch.embedded.pki;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Base64;

/** Writes requests for certificates (PKCS #10, RFC 2986), as {@link CertificateAuthority} writes those. */
public final class RequestWriter {
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private RequestWriter() {}

    /**
     * @param keys on P-256
     * @return PEM
     */
    public static String pem(CertificateRequest request, KeyPair keys, SecureRandom random)
            throws GeneralSecurityException {
        var names = request.hosts().stream().map(CertificateAuthority::name).toList();
        var attributes = names.isEmpty()
                ? new byte[0]
                : Der.sequence(
                        Der.oid("1.2.840.113549.1.9.14"),
                        Der.set(Der.sequence(CertificateAuthority.extension("2.5.29.17", false, Der.sequence(names)))));
        var content = Der.sequence(
                Der.integer(BigInteger.ZERO),
                CertificateAuthority.subject(request),
                keys.getPublic().getEncoded(),
                Der.value(0xa0, attributes));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate(), random);
        signature.update(content);
        var der = Der.sequence(content, CertificateAuthority.SIGNATURE_ALGORITHM, Der.bits(signature.sign()));
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + new String(LINES.encode(der), StandardCharsets.US_ASCII)
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }
}
