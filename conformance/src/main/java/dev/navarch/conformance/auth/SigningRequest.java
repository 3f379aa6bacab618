package dev.navarch.conformance.auth;

import static dev.navarch.conformance.Der.BIT_STRING;
import static dev.navarch.conformance.Der.INTEGER;
import static dev.navarch.conformance.Der.SEQUENCE;
import static dev.navarch.conformance.Der.SET;
import static dev.navarch.conformance.Der.UTF8_STRING;
import static dev.navarch.conformance.Der.value;

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

    private static final int ATTRIBUTES = 0xa0;

    private SigningRequest() {}

    /** As a CertificateSigningRequest has it: PEM, in base64. */
    static String base64(String commonName) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var keys = generator.generateKeyPair();
        var name = value(
                SEQUENCE,
                value(
                        SET,
                        value(SEQUENCE, COMMON_NAME, value(UTF8_STRING, commonName.getBytes(StandardCharsets.UTF_8)))));
        var info = value(
                SEQUENCE, value(INTEGER, new byte[] {0}), name, keys.getPublic().getEncoded(), value(ATTRIBUTES));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(info);
        var request = value(SEQUENCE, info, ECDSA_WITH_SHA256, value(BIT_STRING, new byte[] {0}, signature.sign()));
        var pem = "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request)
                + "\n-----END CERTIFICATE REQUEST-----\n";
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }
}
