package dev.navarch.embedded.pki;

import dev.navarch.apiserver.request.CertificateSubject;
import dev.navarch.controllers.CertificateSigner.Requested;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** A certificate request (PKCS #10) that was sent to the cluster, with its own signature checked. */
final class SigningRequest {
    private final JcaPKCS10CertificationRequest request;

    private SigningRequest(JcaPKCS10CertificationRequest request) {
        this.request = request;
    }

    /** @throws GeneralSecurityException if it is malformed or was not signed by the key's holder */
    static SigningRequest parse(byte[] pem) throws GeneralSecurityException {
        try (var reader = new PEMParser(new StringReader(new String(pem, StandardCharsets.ISO_8859_1)))) {
            if (!(reader.readObject() instanceof PKCS10CertificationRequest found)) {
                throw new GeneralSecurityException("PEM block type must be CERTIFICATE REQUEST");
            }
            var request = new JcaPKCS10CertificationRequest(found);
            var verifier = new JcaContentVerifierProviderBuilder().build(request.getPublicKey());
            if (!request.isSignatureValid(verifier)) {
                throw new GeneralSecurityException("unable to verify certificate request signature");
            }
            return new SigningRequest(request);
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            throw new GeneralSecurityException("malformed certificate request", e);
        }
    }

    Requested requested() throws GeneralSecurityException {
        var subject = CertificateSubject.of(new X500Principal(encoded(request.getSubject())));
        return new Requested(
                subject.commonName(),
                subject.organizations(),
                names(GeneralName.dNSName),
                addresses(),
                names(GeneralName.rfc822Name),
                names(GeneralName.uniformResourceIdentifier));
    }

    PublicKey key() throws GeneralSecurityException {
        return request.getPublicKey();
    }

    /** With one common name at most, the last: which of several were meant is not left to the readers. */
    byte[] subject() throws GeneralSecurityException {
        var subject = new X500NameBuilder(BCStyle.INSTANCE);
        var attributes = Stream.of(request.getSubject().getRDNs())
                .flatMap(rdn -> Stream.of(rdn.getTypesAndValues()))
                .toList();
        attributes.stream()
                .filter(a -> !a.getType().equals(BCStyle.CN))
                .forEach(a -> subject.addRDN(a.getType(), a.getValue()));
        attributes.reversed().stream()
                .filter(a -> a.getType().equals(BCStyle.CN))
                .findFirst()
                .ifPresent(a -> subject.addRDN(a.getType(), a.getValue()));
        return encoded(subject.build());
    }

    /** The names that were asked for, encoded. */
    List<byte[]> names() throws GeneralSecurityException {
        List<byte[]> names = new ArrayList<>();
        for (var name : asked()) {
            names.add(encoded(name));
        }
        return names;
    }

    private static byte[] encoded(ASN1Object value) throws GeneralSecurityException {
        try {
            return value.getEncoded("DER");
        } catch (IOException e) {
            throw new GeneralSecurityException("malformed certificate request", e);
        }
    }

    private List<GeneralName> asked() {
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

    private List<String> names(int kind) {
        return asked().stream()
                .filter(n -> n.getTagNo() == kind)
                .map(n -> n.getName().toString())
                .toList();
    }

    private List<String> addresses() throws GeneralSecurityException {
        List<String> addresses = new ArrayList<>();
        for (var name : asked()) {
            if (name.getTagNo() == GeneralName.iPAddress) {
                try {
                    var octets = ASN1OctetString.getInstance(name.getName()).getOctets();
                    addresses.add(InetAddress.getByAddress(octets).getHostAddress());
                } catch (UnknownHostException e) {
                    throw new GeneralSecurityException("malformed certificate request", e);
                }
            }
        }
        return addresses;
    }
}
