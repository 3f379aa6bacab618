package dev.navarch.embedded.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issues certificates on P-256 keys. Holds no files; {@link ClusterPki} does. */
public final class CertificateAuthority {
    /** Clocks of clients may be behind ours by this much. */
    static final Duration SKEW = Duration.ofMinutes(5);

    private final Identity self;
    private final SecureRandom random;

    public CertificateAuthority(Identity self, SecureRandom random) {
        this.self = self;
        this.random = random;
    }

    /** A new self-signed authority. */
    public static Identity found(String name, Instant now, Duration validity, SecureRandom random)
            throws GeneralSecurityException {
        var keys = newKeys(random);
        var subject = new X500Name("CN=" + name);
        var builder = builder(subject, subject, keys.getPublic(), now, now.plus(validity), random);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
        } catch (CertIOException e) {
            throw new GeneralSecurityException(e);
        }
        return new Identity(keys.getPrivate(), new X509Certificate[] {sign(builder, keys.getPrivate())});
    }

    public static KeyPair newKeys(SecureRandom random) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    /** Issues a certificate on a new key; it never outlives the authority. */
    public Identity issue(CertificateRequest request, Instant now, Duration validity) throws GeneralSecurityException {
        var keys = newKeys(random);
        var certificate = certify(
                subject(request),
                keys.getPublic(),
                KeyUsage.digitalSignature,
                purposes(request),
                names(request),
                now,
                validity);
        return new Identity(keys.getPrivate(), new X509Certificate[] {certificate});
    }

    /** Vouches for somebody's key; the certificate never outlives the authority. */
    X509Certificate certify(
            X500Name subject,
            PublicKey key,
            int usages,
            KeyPurposeId[] purposes,
            GeneralName[] names,
            Instant now,
            Duration validity)
            throws GeneralSecurityException {
        var authority = self.certificate();
        var end = now.plus(validity);
        var last = authority.getNotAfter().toInstant();
        var issuer = X500Name.getInstance(authority.getSubjectX500Principal().getEncoded());
        var builder = builder(issuer, subject, key, now, end.isAfter(last) ? last : end, random);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            if (usages != 0) {
                builder.addExtension(Extension.keyUsage, true, new KeyUsage(usages));
            }
            if (purposes.length > 0) {
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
            }
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey()));
            if (names.length > 0) {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
        } catch (CertIOException e) {
            throw new GeneralSecurityException(e);
        }
        return sign(builder, self.key());
    }

    private static X500Name subject(CertificateRequest request) {
        var name = new X500NameBuilder(BCStyle.INSTANCE);
        request.organizations().forEach(organization -> name.addRDN(BCStyle.O, organization));
        return name.addRDN(BCStyle.CN, request.name()).build();
    }

    private static KeyPurposeId[] purposes(CertificateRequest request) {
        return request.usages().stream()
                .sorted()
                .map(usage -> switch (usage) {
                    case CLIENT -> KeyPurposeId.id_kp_clientAuth;
                    case SERVER -> KeyPurposeId.id_kp_serverAuth;
                })
                .toArray(KeyPurposeId[]::new);
    }

    private static GeneralName[] names(CertificateRequest request) {
        List<GeneralName> names = new ArrayList<>();
        for (var host : request.hosts()) {
            boolean address = CertificateRequest.isAddress(host);
            names.add(new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host));
        }
        return names.toArray(GeneralName[]::new);
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant from, Instant to, SecureRandom random) {
        var serial = new BigInteger(127, random).add(BigInteger.ONE);
        return new JcaX509v3CertificateBuilder(
                issuer, serial, Date.from(from.minus(SKEW)), Date.from(to), subject, key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, java.security.PrivateKey key)
            throws GeneralSecurityException {
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }
}
