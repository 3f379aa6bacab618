package dev.navarch.conformance.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.HexFormat;

/** A PKCS#10 certification request (RFC 2986) of a new elliptic key. */
final class SigningRequest {
    private static final byte[] COMMON_NAME = HexFormat.of().parseHex("0603550403");
    private static final byte[] ECDSA_WITH_SHA256 = HexFormat.of().parseHex("300a06082a8648ce3d040302");

    private SigningRequest() {}

    /** As a CertificateSigningRequest has it: PEM, in base64. */
    static String base64(String commonName) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var keys = generator.generateKeyPair();
        var name = value(
                0x30, value(0x31, value(0x30, COMMON_NAME, value(0x0c, commonName.getBytes(StandardCharsets.UTF_8)))));
        var info =
                value(0x30, value(0x02, new byte[] {0}), name, keys.getPublic().getEncoded(), value(0xa0));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(info);
        var request = value(0x30, info, ECDSA_WITH_SHA256, value(0x03, new byte[] {0}, signature.sign()));
        var pem = "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request)
                + "\n-----END CERTIFICATE REQUEST-----\n";
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] value(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.size() >= 0x100) {
            throw new IllegalArgumentException("too long for a request of this kind");
        }
        if (content.size() >= 0x80) {
            out.write(0x81);
        }
        out.write(content.size());
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
