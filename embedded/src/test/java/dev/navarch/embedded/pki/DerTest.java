package dev.navarch.embedded.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.Time;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our encoding against another's, and certificates against those who read them. */
class DerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @ValueSource(strings = {"2.5.29.15", "1.2.840.10045.4.3.2", "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"})
    void objectIdentifiers(String dotted) throws Exception {
        assertThat(Der.oid(dotted)).isEqualTo(new ASN1ObjectIdentifier(dotted).getEncoded());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 255, 256, 65_535, 65_536, 100_000})
    void lengths(int length) throws Exception {
        var content = new byte[length];
        var encoded = Der.octets(content);
        assertThat(encoded).isEqualTo(new DEROctetString(content).getEncoded());
        assertThat(Der.endOf(encoded, 0)).isEqualTo(encoded.length);
        assertThat(Der.contentOf(encoded, 0)).isEqualTo(encoded.length - length);
        assertThat(Der.bits(content)).isEqualTo(new DERBitString(content).getEncoded());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0x86, 0x01, 0x40, 0x8000, 0x8080, 0x8009})
    void usages(int bits) throws Exception {
        assertThat(Der.namedBits(bits)).isEqualTo(new KeyUsage(bits).getEncoded());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1949-12-31T23:59:59Z",
                "1950-01-01T00:00:00Z",
                "2026-02-03T04:05:06Z",
                "2049-12-31T23:59:59Z",
                "2050-01-01T00:00:00Z",
                "2176-11-22T05:00:00Z"
            })
    void times(String time) throws Exception {
        var instant = Instant.parse(time);
        assertThat(Der.time(instant)).isEqualTo(new Time(Date.from(instant)).getEncoded());
    }

    @Test
    void numbersAndTexts() throws Exception {
        for (var number : List.of("0", "127", "128", "340282366920938463463374607431768211455")) {
            var value = new BigInteger(number);
            assertThat(Der.integer(value)).isEqualTo(new ASN1Integer(value).getEncoded());
        }
        assertThat(Der.text("Grüße")).isEqualTo(new DERUTF8String("Grüße").getEncoded());
    }

    @Test
    void whatIsIssuedIsAValidPathOfCertificates() throws Exception {
        var random = new SecureRandom();
        var authority = CertificateAuthority.found("kubernetes", NOW, Duration.ofDays(10), random);
        var request = CertificateRequest.server("kube-apiserver", List.of("localhost", "127.0.0.1", "::1"));
        var issued = new CertificateAuthority(authority, random)
                .issue(request, NOW, Duration.ofDays(1))
                .certificate();
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority.certificate(), null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(NOW));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(issued)), parameters);
        assertThat(issued.getSubjectX500Principal().getName()).isEqualTo("CN=kube-apiserver");
        assertThat(issued.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(issued.getSubjectAlternativeNames())
                .extracting(n -> (Object) n.get(1))
                .containsExactlyInAnyOrder("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(authority.certificate().getBasicConstraints()).isZero();
        assertThat(ASN1Primitive.fromByteArray(issued.getEncoded()).getEncoded("DER"))
                .as("another's encoding of the same")
                .isEqualTo(issued.getEncoded());
    }
}
