package dev.navarch.embedded.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Pem;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an authority certifies of a request, and what it does not. */
class RequestSignerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration YEAR = Duration.ofDays(365);

    private final SecureRandom random = new SecureRandom();
    private Identity authority;
    private RequestSigner signer;
    private KeyPair keys;

    @BeforeEach
    void found() throws GeneralSecurityException {
        authority = CertificateAuthority.found("ca", NOW, Duration.ofDays(3650), random);
        signer = new RequestSigner(new CertificateAuthority(authority, random));
        keys = CertificateAuthority.newKeys(random);
    }

    private byte[] request(String subject, KeyPair signedWith) throws Exception {
        var extensions = new ExtensionsGenerator();
        extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.dNSName, "a.example"), new GeneralName(GeneralName.iPAddress, "192.0.2.1")
        }));
        var der = new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signedWith.getPrivate()))
                .getEncoded();
        return ("-----BEGIN CERTIFICATE REQUEST-----\n"
                        + Base64.getMimeEncoder().encodeToString(der)
                        + "\n-----END CERTIFICATE REQUEST-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private X509Certificate signed(byte[] request, Duration validity) throws GeneralSecurityException {
        var pem = signer.sign(request, List.of("digital signature", "client auth", "server auth"), NOW, validity);
        return Pem.certificates(pem.getBytes(StandardCharsets.US_ASCII)).getFirst();
    }

    @Test
    void subjectNamesAndKeyAreCertifiedAndNothingElse() throws Exception {
        var request = request("O=system:nodes,CN=system:node:a", keys);
        var requested = signer.read(request);
        assertThat(requested.commonName()).isEqualTo("system:node:a");
        assertThat(requested.organizations()).containsExactly("system:nodes");
        assertThat(requested.dnsNames()).containsExactly("a.example");
        assertThat(requested.addresses()).hasSize(1);
        var certificate = signed(request, YEAR);
        certificate.verify(authority.certificate().getPublicKey());
        assertThat(certificate.getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(certificate.getBasicConstraints()).as("is no authority").isEqualTo(-1);
        assertThat(certificate.getSubjectX500Principal().getName())
                .contains("CN=system:node:a")
                .contains("O=system:nodes");
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(n -> (Object) n.get(1))
                .containsExactly("a.example", "192.0.2.1");
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofMinutes(5)));
        assertThat(certificate.getNotAfter().toInstant())
                .isEqualTo(NOW.plus(YEAR).minus(Duration.ofMinutes(5)));
    }

    @Test
    void itDoesNotOutliveTheAuthorityAndAShortOneIsNotCut() throws Exception {
        var request = request("CN=a", keys);
        assertThat(signed(request, Duration.ofDays(9999)).getNotAfter())
                .isEqualTo(authority.certificate().getNotAfter());
        assertThat(signed(request, Duration.ofHours(1)).getNotAfter().toInstant())
                .isEqualTo(NOW.plus(Duration.ofHours(1)));
    }

    @Test
    void whoIsMeantIsSaidOnce() throws Exception {
        var request = request("CN=admin,O=system:nodes,CN=system:node:a", keys);
        assertThat(signer.read(request).commonName()).isEqualTo("system:node:a");
        assertThat(signed(request, YEAR).getSubjectX500Principal().getName())
                .contains("system:node:a")
                .doesNotContain("admin");
    }

    @Test
    void whoDoesNotHoldTheKeyIsRefused() throws Exception {
        var request = request("CN=a", CertificateAuthority.newKeys(random));
        assertThatThrownBy(() -> signer.read(request)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> signed(request, YEAR)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> signer.read("nonsense".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void anUnknownUsageIsRefused() throws Exception {
        var request = request("CN=a", keys);
        assertThatThrownBy(() -> signer.sign(request, List.of("flying"), NOW, YEAR))
                .hasMessage("unrecognized usage values: [\"flying\"]");
    }

    @Test
    void tellsWhatIsAskedFor() throws Exception {
        var requested = signer.read(request("O=system:nodes,CN=system:node:a", keys));
        assertThat(requested.commonName()).isEqualTo("system:node:a");
        assertThat(requested.organizations()).containsExactly("system:nodes");
        assertThat(requested.dnsNames()).containsExactly("a.example");
        assertThat(requested.addresses()).containsExactly("192.0.2.1");
    }

    @Test
    void readsWhatWeWrite() throws Exception {
        var asked = new CertificateRequest(
                "system:node:a", List.of("system:nodes"), Set.of(), List.of("a", "192.0.2.1", "2001:db8::1"));
        var requested = signer.read(RequestWriter.pem(asked, keys, random).getBytes(StandardCharsets.US_ASCII));
        assertThat(requested.commonName()).isEqualTo("system:node:a");
        assertThat(requested.organizations()).containsExactly("system:nodes");
        assertThat(requested.dnsNames()).containsExactly("a");
        assertThat(requested.addresses()).containsExactlyInAnyOrder("192.0.2.1", "2001:db8:0:0:0:0:0:1");
        var client = CertificateRequest.client("system:node:a", "system:nodes");
        assertThat(signer.read(RequestWriter.pem(client, keys, random).getBytes(StandardCharsets.US_ASCII))
                        .dnsNames())
                .isEmpty();
    }
}
