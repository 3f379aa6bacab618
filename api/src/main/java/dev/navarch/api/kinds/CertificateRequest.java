package dev.navarch.api.kinds;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * The PEM of requests to sign certificates (PKCS #10) and of certificates.
 *
 * <p>A request is {@code SEQUENCE { info, algorithm, signature }}, its info {@code SEQUENCE { version, subject, public
 * key, attributes }}; no more of it is read than it takes to check that it is signed with its own key. Source: RFC 2986;
 * kubernetes pkg/apis/certificates/v1/helpers.go (ParseCSR), pkg/apis/certificates/validation/validation.go
 * (validateCertificate).
 */
final class CertificateRequest {
    private static final String MALFORMED = "x509: malformed certificate request";
    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;
    private static final int OBJECT_IDENTIFIER = 0x06;

    /** A value in DER: where it starts, where its content does, and where it ends. */
    private record Element(byte[] der, int start, int content, int end) {
        int tag() {
            return der[start] & 0xff;
        }

        byte[] whole() {
            return Arrays.copyOfRange(der, start, end);
        }

        Element inside(int tag) throws GeneralSecurityException {
            Element first = at(der, content, end);
            if (first.tag() != tag) {
                throw new GeneralSecurityException(MALFORMED);
            }
            return first;
        }

        Element next(int limit) throws GeneralSecurityException {
            return at(der, end, limit);
        }
    }

    private CertificateRequest() {}

    /** What is wrong with a request. */
    static Optional<String> complaint(byte[] pem) {
        Optional<Block> block = Block.first(new String(pem, StandardCharsets.ISO_8859_1));
        if (block.isEmpty() || !block.get().type().equals("CERTIFICATE REQUEST")) {
            return Optional.of("PEM block type must be CERTIFICATE REQUEST");
        }
        try {
            return isSigned(block.get().der()) ? Optional.empty() : Optional.of("x509: signature is not valid");
        } catch (GeneralSecurityException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.of(e instanceof GeneralSecurityException ? String.valueOf(e.getMessage()) : MALFORMED);
        }
    }

    private static boolean isSigned(byte[] der) throws GeneralSecurityException {
        Element request = at(der, 0, der.length);
        if (request.tag() != SEQUENCE) {
            throw new GeneralSecurityException(MALFORMED);
        }
        Element info = request.inside(SEQUENCE);
        Element algorithm = info.next(request.end());
        Element signature = algorithm.next(request.end());
        if (signature.tag() != BIT_STRING) {
            throw new GeneralSecurityException(MALFORMED);
        }
        Element version = at(der, info.content(), info.end());
        Element key = version.next(info.end()).next(info.end());
        String keyAlgorithm = identifier(key.inside(SEQUENCE).inside(OBJECT_IDENTIFIER));
        PublicKey verifier = KeyFactory.getInstance(keyAlgorithm).generatePublic(new X509EncodedKeySpec(key.whole()));
        Signature check = Signature.getInstance(identifier(algorithm.inside(OBJECT_IDENTIFIER)));
        check.initVerify(verifier);
        check.update(info.whole());
        return check.verify(Arrays.copyOfRange(der, signature.content() + 1, signature.end()));
    }

    private static Element at(byte[] der, int start, int limit) throws GeneralSecurityException {
        int first = der[start + 1] & 0xff;
        int content = start + 2;
        int length = first;
        if (first >= 0x80) {
            int bytes = first - 0x80;
            if (bytes == 0 || bytes > 3) {
                throw new GeneralSecurityException(MALFORMED);
            }
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | der[content++] & 0xff;
            }
        }
        if (content + length > limit) {
            throw new GeneralSecurityException(MALFORMED);
        }
        return new Element(der, start, content, content + length);
    }

    /** The dotted form, by which the JDK knows algorithms. */
    private static String identifier(Element element) {
        StringBuilder dotted = new StringBuilder();
        long arc = 0;
        for (int i = element.content(); i < element.end(); i++) {
            int octet = element.der()[i] & 0xff;
            arc = arc << 7 | octet & 0x7f;
            if (octet < 0x80) {
                if (dotted.isEmpty()) {
                    long root = Math.min(arc / 40, 2);
                    dotted.append(root).append('.').append(arc - 40 * root);
                } else {
                    dotted.append('.').append(arc);
                }
                arc = 0;
            }
        }
        return dotted.toString();
    }

    /** What is wrong with a chain of certificates; an empty one is none. */
    static Optional<String> complaintOfCertificates(byte[] pem) {
        if (pem.length == 0) {
            return Optional.empty();
        }
        String text = new String(pem, StandardCharsets.ISO_8859_1);
        int count = 0;
        for (Optional<Block> next = Block.first(text); next.isPresent(); next = Block.first(text)) {
            Block block = next.get();
            if (!block.type().equals("CERTIFICATE")) {
                return Optional.of("only CERTIFICATE PEM blocks are allowed, found \"" + block.type() + "\"");
            }
            if (block.hasHeaders()) {
                return Optional.of("no PEM block headers are permitted");
            }
            try {
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.der()));
            } catch (GeneralSecurityException | IllegalArgumentException _) {
                return Optional.of("x509: malformed certificate");
            }
            count++;
            text = block.rest();
        }
        return count == 0 ? Optional.of("must contain at least one CERTIFICATE PEM block") : Optional.empty();
    }

    /** A block of PEM and the text behind it. */
    private record Block(String type, boolean hasHeaders, String body, String rest) {
        static Optional<Block> first(String text) {
            int begin = text.indexOf("-----BEGIN ");
            int typeEnd = begin < 0 ? -1 : text.indexOf("-----", begin + 11);
            if (typeEnd < 0) {
                return Optional.empty();
            }
            String type = text.substring(begin + 11, typeEnd);
            String last = "-----END " + type + "-----";
            int end = text.indexOf(last, typeEnd);
            if (end < 0) {
                return Optional.empty();
            }
            String body = text.substring(typeEnd + 5, end);
            return Optional.of(new Block(type, body.contains(":"), body, text.substring(end + last.length())));
        }

        byte[] der() {
            return Base64.getMimeDecoder().decode(body);
        }
    }
}
