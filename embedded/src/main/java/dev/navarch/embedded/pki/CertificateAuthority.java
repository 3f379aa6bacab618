package dev.navarch.embedded.pki;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Issues certificates (RFC 5280) for P-256 keys. Holds no files; {@link ClusterPki} does. They are written here, and not by a
 * library, because every start of a cluster issues some: a library's classes would take longer than all the rest of it.
 */
public final class CertificateAuthority {
    /** Clocks of clients may be behind ours by this much. */
    static final Duration SKEW = Duration.ofMinutes(5);

    /** Bits of the key usage extension. */
    static final int DIGITAL_SIGNATURE = 0x80;

    private static final int RSA_BITS = 2048;

    private static final int CERTIFICATE_SIGN = 0x04;
    private static final int LIST_SIGN = 0x02;

    private static final byte[] ORGANIZATION = Der.oid("2.5.4.10");
    private static final byte[] COMMON_NAME = Der.oid("2.5.4.3");
    static final byte[] SIGNATURE_ALGORITHM = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
    private static final byte[] VERSION_3 = Der.value(0xa0, Der.integer(BigInteger.TWO));
    private static final byte[] NOTHING = {};

    private final Identity self;
    private final SecureRandom random;

    /**
     * What somebody else's certificate shall say.
     *
     * @param subject the distinguished name, encoded
     * @param usages bits of the key usage extension; none: without it
     * @param purposes object identifiers of the extended key usage
     * @param names subject alternative names, encoded
     */
    record Content(byte[] subject, PublicKey key, int usages, List<String> purposes, List<byte[]> names) {}

    public CertificateAuthority(Identity self, SecureRandom random) {
        this.self = self;
        this.random = random;
    }

    /** A new self-signed authority. */
    public static Identity found(String name, Instant now, Duration validity, SecureRandom random)
            throws GeneralSecurityException {
        return found(name, newKeys(random), now, validity, random);
    }

    /** @param keys on any curve */
    public static Identity found(String name, KeyPair keys, Instant now, Duration validity, SecureRandom random)
            throws GeneralSecurityException {
        var subject = Der.sequence(attribute(COMMON_NAME, name));
        var certificate = sign(
                keys.getPrivate(),
                subject,
                subject,
                keys.getPublic(),
                now,
                now.plus(validity),
                List.of(
                        extension("2.5.29.19", true, Der.sequence(Der.bool(true), Der.integer(BigInteger.ZERO))),
                        extension("2.5.29.15", true, Der.namedBits(CERTIFICATE_SIGN | LIST_SIGN | DIGITAL_SIGNATURE)),
                        extension("2.5.29.14", false, Der.octets(keyIdentifier(keys.getPublic())))),
                random);
        return new Identity(keys.getPrivate(), new X509Certificate[] {certificate});
    }

    /** On P-256. */
    public static KeyPair newKeys(SecureRandom random) throws GeneralSecurityException {
        return newKeys("secp256r1", random);
    }

    /** @param curve as the JDK calls it */
    public static KeyPair newKeys(String curve, SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve), random);
        return generator.generateKeyPair();
    }

    /** For those who can't read {@link #newKeys others}. */
    public static KeyPair newRsaKeys(SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(RSA_BITS, random);
        return generator.generateKeyPair();
    }

    /** Issues a certificate on a new key; it never outlives the authority. */
    public Identity issue(CertificateRequest request, Instant now, Duration validity) throws GeneralSecurityException {
        return issue(request, newKeys(random), now, validity);
    }

    /** Likewise on a key that is there. */
    public Identity issue(CertificateRequest request, KeyPair keys, Instant now, Duration validity)
            throws GeneralSecurityException {
        var content = new Content(
                subject(request),
                keys.getPublic(),
                DIGITAL_SIGNATURE,
                request.usages().stream()
                        .sorted()
                        .map(CertificateRequest.Usage::oid)
                        .toList(),
                request.hosts().stream().map(CertificateAuthority::name).toList());
        return new Identity(keys.getPrivate(), new X509Certificate[] {certify(content, now, validity)});
    }

    /** Vouches for somebody's key; the certificate never outlives the authority. */
    X509Certificate certify(Content content, Instant now, Duration validity) throws GeneralSecurityException {
        var authority = self.certificate();
        var end = now.plus(validity);
        var last = authority.getNotAfter().toInstant();
        List<byte[]> extensions = new ArrayList<>();
        extensions.add(extension("2.5.29.19", true, Der.sequence()));
        if (content.usages != 0) {
            extensions.add(extension("2.5.29.15", true, Der.namedBits(content.usages)));
        }
        if (!content.purposes.isEmpty()) {
            extensions.add(extension(
                    "2.5.29.37",
                    false,
                    Der.sequence(content.purposes.stream().map(Der::oid).toList())));
        }
        extensions.add(
                extension("2.5.29.35", false, Der.sequence(Der.value(0x80, keyIdentifier(authority.getPublicKey())))));
        if (!content.names.isEmpty()) {
            extensions.add(extension("2.5.29.17", false, Der.sequence(content.names)));
        }
        return sign(
                self.key(),
                authority.getSubjectX500Principal().getEncoded(),
                content.subject,
                content.key,
                now,
                end.isAfter(last) ? last : end,
                extensions,
                random);
    }

    static byte[] subject(CertificateRequest request) {
        List<byte[]> parts = new ArrayList<>();
        request.organizations().forEach(organization -> parts.add(attribute(ORGANIZATION, organization)));
        parts.add(attribute(COMMON_NAME, request.name()));
        return Der.sequence(parts);
    }

    private static byte[] attribute(byte[] type, String value) {
        return Der.set(Der.sequence(type, Der.text(value)));
    }

    /** A general name: an address or a name of the DNS. */
    static byte[] name(String host) {
        return CertificateRequest.isAddress(host)
                ? Der.value(0x87, InetAddress.ofLiteral(host).getAddress())
                : Der.value(0x82, host.getBytes(StandardCharsets.US_ASCII));
    }

    static byte[] extension(String oid, boolean critical, byte[] value) {
        return Der.sequence(Der.oid(oid), critical ? Der.bool(true) : NOTHING, Der.octets(value));
    }

    /** The digest of the key's bits (RFC 5280, 4.2.1.2). */
    private static byte[] keyIdentifier(PublicKey key) throws GeneralSecurityException {
        var encoded = key.getEncoded();
        int bits = Der.endOf(encoded, Der.contentOf(encoded, 0)); // past the algorithm
        var content = Arrays.copyOfRange(encoded, Der.contentOf(encoded, bits) + 1, encoded.length);
        return MessageDigest.getInstance("SHA-1").digest(content);
    }

    private static X509Certificate sign(
            PrivateKey with,
            byte[] issuer,
            byte[] subject,
            PublicKey key,
            Instant from,
            Instant to,
            List<byte[]> extensions,
            SecureRandom random)
            throws GeneralSecurityException {
        var content = Der.sequence(
                VERSION_3,
                Der.integer(new BigInteger(127, random).add(BigInteger.ONE)),
                SIGNATURE_ALGORITHM,
                issuer,
                Der.sequence(Der.time(from.minus(SKEW)), Der.time(to)),
                subject,
                key.getEncoded(),
                Der.value(0xa3, Der.sequence(extensions)));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(with, random);
        signature.update(content);
        var certificate = Der.sequence(content, SIGNATURE_ALGORITHM, Der.bits(signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(certificate));
    }
}
