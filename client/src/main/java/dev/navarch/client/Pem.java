package dev.navarch.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Certificates and keys from and to PEM text. Keys: PKCS#8, and on reading the older forms of RSA (PKCS#1) and EC (SEC 1). */
public final class Pem {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);
    /** AlgorithmIdentifier of rsaEncryption: its OID and NULL. */
    private static final byte[] RSA = bytes(0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0);

    private static final byte[] EC_PUBLIC_KEY = bytes(0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1);
    private static final int P256_BYTES = 32;
    private static final byte[] VERSION_ONE = bytes(0x02, 0x01, 0x01);
    private static final byte[] VERSION_ZERO = bytes(0x02, 0x01, 0x00);
    /** Curves' OIDs by their length in bytes and what they end with; P-256, P-384, P-521. */
    private static final List<byte[]> CURVES = List.of(
            bytes(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
            bytes(0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22),
            bytes(0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23));

    private Pem() {}

    /** All certificates of the text, in its order; at least one. */
    public static List<X509Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        var factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> found = new ArrayList<>();
        var blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            if (blocks.group(1).equals("CERTIFICATE")) {
                found.add((X509Certificate)
                        factory.generateCertificate(new ByteArrayInputStream(decode(blocks.group(2)))));
            }
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificate in the PEM text");
        }
        return found;
    }

    /** The first private key of the text. */
    public static PrivateKey privateKey(byte[] pem) throws GeneralSecurityException {
        var blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            var der = decode(blocks.group(2));
            switch (blocks.group(1)) {
                case "PRIVATE KEY" -> {
                    return pkcs8(der);
                }
                case "RSA PRIVATE KEY" -> {
                    return pkcs8(wrap(RSA, der));
                }
                case "EC PRIVATE KEY" -> {
                    return pkcs8(wrap(sequence(EC_PUBLIC_KEY, curve(der)), der));
                }
                default -> {}
            }
        }
        throw new GeneralSecurityException("no private key in the PEM text");
    }

    /** The first public key (SubjectPublicKeyInfo) of the text. */
    public static PublicKey publicKey(byte[] pem) throws GeneralSecurityException {
        return publicKeys(pem).getFirst();
    }

    /**
     * All public keys of the text, in its order; at least one. Also those of certificates and of private keys that say them:
     * RSA always does, EC as OpenSSL writes it. Source: k8s.io/client-go util/keyutil/key.go, parsePublicKeysPEM.
     */
    public static List<PublicKey> publicKeys(byte[] pem) throws GeneralSecurityException {
        List<PublicKey> found = new ArrayList<>();
        var blocks = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (blocks.find()) {
            var der = decode(blocks.group(2));
            switch (blocks.group(1)) {
                case "PUBLIC KEY" ->
                    found.add(generate("public", der, X509EncodedKeySpec::new, KeyFactory::generatePublic));
                case "CERTIFICATE" ->
                    found.add(certificates(blocks.group().getBytes(StandardCharsets.ISO_8859_1))
                            .getFirst()
                            .getPublicKey());
                case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY" ->
                    found.add(publicHalf(privateKey(blocks.group().getBytes(StandardCharsets.ISO_8859_1)), der));
                default -> {}
            }
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no public key in the PEM text");
        }
        return found;
    }

    private static PublicKey publicHalf(PrivateKey key, byte[] der) throws GeneralSecurityException {
        return switch (key) {
            case RSAPrivateCrtKey rsa ->
                KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
            case ECPrivateKey ec -> {
                int length = (ec.getParams().getCurve().getField().getFieldSize() + 7) / 8;
                int at = der.length - 2 * length; // the point, uncompressed, is what ends the key
                if (at < 1 || der[at - 1] != 4) {
                    throw new GeneralSecurityException("the EC private key doesn't say its public one");
                }
                var point = new ECPoint(
                        new BigInteger(1, Arrays.copyOfRange(der, at, at + length)),
                        new BigInteger(1, Arrays.copyOfRange(der, at + length, der.length)));
                yield KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, ec.getParams()));
            }
            default -> throw new GeneralSecurityException("the private key doesn't say its public one");
        };
    }

    public static String encode(X509Certificate... chain) throws GeneralSecurityException {
        var text = new StringBuilder();
        for (var certificate : chain) {
            text.append(block("CERTIFICATE", certificate.getEncoded()));
        }
        return text.toString();
    }

    public static String encode(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    /**
     * A pair of keys on P-256 as SEC 1 (RFC 5915) writes it, which says by its label that it is elliptic: some clients take
     * a {@code PRIVATE KEY} in a kubeconfig for RSA (fabric8's {@code CertUtils.loadKey}). The public one may be left out
     * by that standard, but others can't do without (the official Java client, by Bouncy Castle).
     */
    public static String encodeSec1(ECPrivateKey key, ECPublicKey publicKey) {
        var point = new ByteArrayOutputStream();
        point.write(0); // no bits unused
        point.write(4); // uncompressed
        point.writeBytes(fixed(publicKey.getW().getAffineX()));
        point.writeBytes(fixed(publicKey.getW().getAffineY()));
        return block(
                "EC PRIVATE KEY",
                sequence(
                        VERSION_ONE,
                        value(0x04, fixed(key.getS())),
                        value(0xa0, CURVES.getFirst()),
                        value(0xa1, value(0x03, point.toByteArray()))));
    }

    /** A number of the curve in as many bytes as each of them has. */
    private static byte[] fixed(BigInteger number) {
        var bytes = number.toByteArray();
        var fixed = new byte[P256_BYTES];
        int length = Math.min(bytes.length, P256_BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, P256_BYTES - length, length);
        return fixed;
    }

    public static String encode(PublicKey key) {
        return block("PUBLIC KEY", key.getEncoded());
    }

    private static String block(String label, byte[] der) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
        return generate("private", der, PKCS8EncodedKeySpec::new, KeyFactory::generatePrivate);
    }

    private interface Generator<K> {
        K generate(KeyFactory factory, KeySpec spec) throws InvalidKeySpecException;
    }

    private static <K> K generate(String what, byte[] der, Function<byte[], KeySpec> spec, Generator<K> generator)
            throws GeneralSecurityException {
        for (var algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return generator.generate(KeyFactory.getInstance(algorithm), spec.apply(der));
            } catch (InvalidKeySpecException e) {
                // of another algorithm
            }
        }
        throw new GeneralSecurityException("the " + what + " key is neither EC, RSA nor Ed25519");
    }

    private static byte[] curve(byte[] sec1) throws GeneralSecurityException {
        var text = new String(sec1, StandardCharsets.ISO_8859_1);
        for (var curve : CURVES) {
            if (text.contains(new String(curve, StandardCharsets.ISO_8859_1))) {
                return curve;
            }
        }
        throw new GeneralSecurityException("the EC key's curve is none of P-256, P-384 and P-521");
    }

    /** PrivateKeyInfo of RFC 5208. */
    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return sequence(VERSION_ZERO, algorithm, value(0x04, key));
    }

    private static byte[] sequence(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            all.writeBytes(part);
        }
        return value(0x30, all.toByteArray());
    }

    private static byte[] value(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] decode(String base64) throws GeneralSecurityException {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("malformed PEM: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
