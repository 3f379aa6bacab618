package dev.navarch.embedded.pki;

import dev.navarch.client.Pem;
import dev.navarch.controllers.CertificateSigner;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * Signs requests of the API with a cluster's authority. source: kubernetes pkg/controller/certificates/authority
 * (authority.go, policies.go).
 */
public final class RequestSigner implements CertificateSigner {
    /** Certificates that live shorter than this do not lose what they are dated back. */
    private static final Duration SHORT = Duration.ofHours(8);

    private static final Map<String, Integer> USAGES = Map.of(
            "signing", KeyUsage.digitalSignature,
            "digital signature", KeyUsage.digitalSignature,
            "content commitment", KeyUsage.nonRepudiation,
            "key encipherment", KeyUsage.keyEncipherment,
            "key agreement", KeyUsage.keyAgreement,
            "data encipherment", KeyUsage.dataEncipherment,
            "cert sign", KeyUsage.keyCertSign,
            "crl sign", KeyUsage.cRLSign,
            "encipher only", KeyUsage.encipherOnly,
            "decipher only", KeyUsage.decipherOnly);

    private static final Map<String, KeyPurposeId> PURPOSES = Map.ofEntries(
            Map.entry("any", KeyPurposeId.anyExtendedKeyUsage),
            Map.entry("server auth", KeyPurposeId.id_kp_serverAuth),
            Map.entry("client auth", KeyPurposeId.id_kp_clientAuth),
            Map.entry("code signing", KeyPurposeId.id_kp_codeSigning),
            Map.entry("email protection", KeyPurposeId.id_kp_emailProtection),
            Map.entry("s/mime", KeyPurposeId.id_kp_emailProtection),
            Map.entry("ipsec end system", KeyPurposeId.id_kp_ipsecEndSystem),
            Map.entry("ipsec tunnel", KeyPurposeId.id_kp_ipsecTunnel),
            Map.entry("ipsec user", KeyPurposeId.id_kp_ipsecUser),
            Map.entry("timestamping", KeyPurposeId.id_kp_timeStamping),
            Map.entry("ocsp signing", KeyPurposeId.id_kp_OCSPSigning),
            Map.entry("microsoft sgc", KeyPurposeId.id_kp_msSGC),
            Map.entry("netscape sgc", KeyPurposeId.id_kp_nsSGC));

    private final CertificateAuthority authority;

    public RequestSigner(CertificateAuthority authority) {
        this.authority = authority;
    }

    @Override
    public Requested read(byte[] request) throws GeneralSecurityException {
        var parsed = parse(request);
        var subject = parsed.getSubject();
        var commonNames = values(subject, BCStyle.CN);
        return new Requested(
                commonNames.isEmpty() ? "" : commonNames.getLast(),
                values(subject, BCStyle.O),
                names(parsed, GeneralName.dNSName),
                names(parsed, GeneralName.iPAddress),
                names(parsed, GeneralName.rfc822Name),
                names(parsed, GeneralName.uniformResourceIdentifier));
    }

    @Override
    public String sign(byte[] request, List<String> usages, Instant now, Duration validity)
            throws GeneralSecurityException {
        var parsed = parse(request);
        int bits = 0;
        List<KeyPurposeId> purposes = new ArrayList<>();
        for (var usage : usages) {
            if (USAGES.containsKey(usage)) {
                bits |= USAGES.get(usage);
            } else if (!PURPOSES.containsKey(usage)) {
                throw new GeneralSecurityException("unrecognized usage values: [\"" + usage + "\"]");
            } else if (!purposes.contains(PURPOSES.get(usage))) {
                purposes.add(PURPOSES.get(usage));
            }
        }
        return Pem.encode(authority.certify(
                subject(parsed.getSubject()),
                parsed.getPublicKey(),
                bits,
                purposes.toArray(KeyPurposeId[]::new),
                asked(parsed).toArray(GeneralName[]::new),
                now,
                validity.compareTo(SHORT) < 0 ? validity : validity.minus(CertificateAuthority.SKEW)));
    }

    /** With its own signature checked. */
    private static JcaPKCS10CertificationRequest parse(byte[] pem) throws GeneralSecurityException {
        try (var reader = new PEMParser(new StringReader(new String(pem, StandardCharsets.ISO_8859_1)))) {
            if (!(reader.readObject() instanceof PKCS10CertificationRequest found)) {
                throw new GeneralSecurityException("PEM block type must be CERTIFICATE REQUEST");
            }
            var request = new JcaPKCS10CertificationRequest(found);
            var verifier = new JcaContentVerifierProviderBuilder().build(request.getPublicKey());
            if (!request.isSignatureValid(verifier)) {
                throw new GeneralSecurityException("unable to verify certificate request signature");
            }
            return request;
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            throw new GeneralSecurityException("malformed certificate request", e);
        }
    }

    private static List<String> values(X500Name subject, ASN1ObjectIdentifier attribute) {
        return Stream.of(subject.getRDNs())
                .flatMap(rdn -> Stream.of(rdn.getTypesAndValues()))
                .filter(a -> a.getType().equals(attribute))
                .map(a -> IETFUtils.valueToString(a.getValue()))
                .toList();
    }

    /** With one common name at most, the last: which of several were meant is not left to the readers. */
    private static X500Name subject(X500Name asked) {
        var subject = new X500NameBuilder(BCStyle.INSTANCE);
        var attributes = Stream.of(asked.getRDNs())
                .flatMap(rdn -> Stream.of(rdn.getTypesAndValues()))
                .toList();
        attributes.stream()
                .filter(a -> !a.getType().equals(BCStyle.CN))
                .forEach(a -> subject.addRDN(a.getType(), a.getValue()));
        attributes.reversed().stream()
                .filter(a -> a.getType().equals(BCStyle.CN))
                .findFirst()
                .ifPresent(a -> subject.addRDN(a.getType(), a.getValue()));
        return subject.build();
    }

    private static List<GeneralName> asked(PKCS10CertificationRequest request) {
        var extensions = request.getRequestedExtensions();
        var names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        return names == null
                ? List.of()
                : Stream.of(names.getNames())
                        .filter(n -> switch (n.getTagNo()) {
                            case GeneralName.dNSName,
                                    GeneralName.iPAddress,
                                    GeneralName.rfc822Name,
                                    GeneralName.uniformResourceIdentifier -> true;
                            default -> false;
                        })
                        .toList();
    }

    private static List<String> names(PKCS10CertificationRequest request, int kind) {
        return asked(request).stream()
                .filter(n -> n.getTagNo() == kind)
                .map(n -> n.getName().toString())
                .toList();
    }
}
