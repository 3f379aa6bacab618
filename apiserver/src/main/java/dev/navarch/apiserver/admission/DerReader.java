package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.request.CertificateSubject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import javax.security.auth.x500.X500Principal;

/** Steps through DER as far as a certificate request's subject. Source: ITU-T X.690. */
final class DerReader {
    private final byte[] bytes;
    private int at;

    DerReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * @param request a certificate request, PEM in base64
     * @throws IllegalArgumentException if it is none
     */
    static CertificateSubject subject(String request) {
        var pem = new String(Base64.getDecoder().decode(request), StandardCharsets.US_ASCII);
        return CertificateSubject.of(new X500Principal(
                new DerReader(ofPem(pem)).enter().enter().skip().next()));
    }

    /** @throws IllegalArgumentException if there is nothing between two dashed lines */
    static byte[] ofPem(String pem) {
        int begin = pem.indexOf("-----\n", pem.indexOf("-----BEGIN ") + 5);
        int end = pem.indexOf("-----END ");
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("PEM block type must be CERTIFICATE REQUEST");
        }
        return Base64.getMimeDecoder().decode(pem.substring(begin + 6, end));
    }

    /** Goes into the element here. */
    DerReader enter() {
        header();
        return this;
    }

    /** Leaves the element here out. */
    DerReader skip() {
        next();
        return this;
    }

    /** The whole element here, which is gone past. */
    byte[] next() {
        int from = at;
        int length = header();
        if (length > bytes.length - at) {
            throw cutOff();
        }
        at += length;
        return Arrays.copyOfRange(bytes, from, at);
    }

    /** Goes past tag and length; returns the length of what follows. */
    private int header() {
        octet();
        int length = octet();
        if (length < 0x80) {
            return length;
        }
        int octets = length & 0x7f;
        if (octets > 3) {
            throw new IllegalArgumentException("asn1: structure error: length too large");
        }
        int total = 0;
        for (int i = 0; i < octets; i++) {
            total = total << 8 | octet();
        }
        return total;
    }

    private int octet() {
        if (at >= bytes.length) {
            throw cutOff();
        }
        return bytes[at++] & 0xff;
    }

    private static IllegalArgumentException cutOff() {
        return new IllegalArgumentException("asn1: syntax error: data truncated");
    }
}
