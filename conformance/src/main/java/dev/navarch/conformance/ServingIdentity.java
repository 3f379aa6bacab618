package dev.navarch.conformance;

import static dev.navarch.conformance.Der.BIT_STRING;
import static dev.navarch.conformance.Der.INTEGER;
import static dev.navarch.conformance.Der.OCTET_STRING;
import static dev.navarch.conformance.Der.SEQUENCE;
import static dev.navarch.conformance.Der.SET;
import static dev.navarch.conformance.Der.UTC_TIME;
import static dev.navarch.conformance.Der.UTF8_STRING;
import static dev.navarch.conformance.Der.value;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key and a certificate that it signed itself (RFC 5280), for a server of one name.
 *
 * @param caBundle what a client that trusts it needs: the certificate as PEM, in base64
 * @param tls for the server
 */
record ServingIdentity(String caBundle, SSLContext tls) {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] COMMON_NAME = HEX.parseHex("0603550403");
    private static final byte[] SUBJECT_ALTERNATIVE_NAME = HEX.parseHex("0603551d11");
    private static final byte[] ECDSA_WITH_SHA256 = HEX.parseHex("300a06082a8648ce3d040302");
    private static final byte[] VERSION_3 = HEX.parseHex("a003020102");
    private static final int DNS_NAME = 0x82;
    private static final int EXTENSIONS = 0xa3;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    static ServingIdentity of(String dnsName) throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var keys = generator.generateKeyPair();
        var name = value(SEQUENCE, value(SET, value(SEQUENCE, COMMON_NAME, value(UTF8_STRING, ascii("webhook")))));
        var now = Instant.now();
        var validity = value(SEQUENCE, time(now.minus(Duration.ofHours(1))), time(now.plus(Duration.ofDays(1))));
        var names = value(
                SEQUENCE,
                SUBJECT_ALTERNATIVE_NAME,
                value(OCTET_STRING, value(SEQUENCE, value(DNS_NAME, ascii(dnsName)))));
        var content = value(
                SEQUENCE,
                VERSION_3,
                value(INTEGER, new byte[] {1}),
                ECDSA_WITH_SHA256,
                name,
                validity,
                name,
                keys.getPublic().getEncoded(),
                value(EXTENSIONS, value(SEQUENCE, names)));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(content);
        var certificate =
                value(SEQUENCE, content, ECDSA_WITH_SHA256, value(BIT_STRING, new byte[] {0}, signature.sign()));
        var pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate)
                + "\n-----END CERTIFICATE-----\n";
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", keys.getPrivate(), new char[0], new java.security.cert.Certificate[] {
            CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate))
        });
        return new ServingIdentity(Base64.getEncoder().encodeToString(ascii(pem)), context(store));
    }

    private static SSLContext context(KeyStore store) throws GeneralSecurityException {
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static byte[] time(Instant instant) {
        return value(UTC_TIME, ascii(TIME.format(instant)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
