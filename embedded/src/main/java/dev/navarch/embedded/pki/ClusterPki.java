package dev.navarch.embedded.pki;

import dev.navarch.client.Pem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of one cluster in one folder, laid out as kubeadm lays out {@code /etc/kubernetes/pki}
 * (source: kubeadm, cmd/kubeadm/app/constants/constants.go). Whatever is missing, says something else than it should
 * or is near its end is issued again; whatever is good is kept.
 *
 * <p>The authority lives for ten years, the rest for one; a certificate is renewed when a third of its life is left.
 * Keys have mode 600, certificates 644, the folder 700.
 */
public final class ClusterPki {
    static final Duration AUTHORITY_VALIDITY = Duration.ofDays(3650);
    static final Duration VALIDITY = Duration.ofDays(365);

    private static final String OWN_KEY = "2.5.29.14";
    private static final String ISSUERS_KEY = "2.5.29.35";
    private static final int KEY_IDENTIFIER_BYTES = 20;
    /** Text before a key, which readers of PEM pass over. */
    private static final String BELONGS_TO = "of the certificate with SHA-256 ";

    private final Path folder;
    private final SecureRandom random;
    private final Identity authority;

    private ClusterPki(Path folder, SecureRandom random, Identity authority) {
        this.folder = folder;
        this.random = random;
        this.authority = authority;
    }

    /** Opens the folder, founding the authority if there is none. */
    public static ClusterPki open(Path folder, Instant now, SecureRandom random)
            throws IOException, GeneralSecurityException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new ClusterPki(folder, random, authority(folder, "ca", "kubernetes", now, random));
    }

    private static Identity authority(Path folder, String file, String name, Instant now, SecureRandom random)
            throws IOException, GeneralSecurityException {
        var authority = read(folder, file);
        if (authority == null
                || authority.certificate().getNotAfter().toInstant().isBefore(now)) {
            authority = CertificateAuthority.found(name, now, AUTHORITY_VALIDITY, random);
            write(folder, file, authority);
        }
        return authority;
    }

    /** The authority that vouches for front proxies, {@code front-proxy-ca}, founded if there is none. */
    public synchronized X509Certificate frontProxyAuthority(Instant now) throws IOException, GeneralSecurityException {
        return frontProxies(now).certificate();
    }

    private Identity frontProxies(Instant now) throws IOException, GeneralSecurityException {
        return authority(folder, "front-proxy-ca", "front-proxy-ca", now, random);
    }

    /** A certificate of that authority, kept as {@link #identity} keeps those of the cluster's. */
    public synchronized Identity frontProxy(String file, CertificateRequest request, Instant now)
            throws IOException, GeneralSecurityException {
        return identity(frontProxies(now), file, request, now);
    }

    /** The authority's certificate, which clients are given to trust. */
    public X509Certificate authority() {
        return authority.certificate();
    }

    /** Signs what others request. */
    public RequestSigner signer() {
        return new RequestSigner(new CertificateAuthority(authority, random));
    }

    /** The certificate kept under {@code file}, issued or renewed where that is due. */
    public synchronized Identity identity(String file, CertificateRequest request, Instant now)
            throws IOException, GeneralSecurityException {
        return identity(authority, file, request, now);
    }

    private Identity identity(Identity authority, String file, CertificateRequest request, Instant now)
            throws IOException, GeneralSecurityException {
        var kept = read(folder, file);
        if (kept != null && !due(kept.certificate(), now) && says(authority, kept.certificate(), request)) {
            return kept;
        }
        var issued = new CertificateAuthority(authority, random).issue(request, now, VALIDITY);
        write(folder, file, issued);
        return issued;
    }

    /** The pair that signs service-account tokens: {@code sa.key} and {@code sa.pub}. */
    public synchronized KeyPair serviceAccountKeys() throws IOException, GeneralSecurityException {
        var key = folder.resolve("sa.key");
        var pub = folder.resolve("sa.pub");
        if (Files.exists(key) && Files.exists(pub)) {
            return new KeyPair(Pem.publicKey(Files.readAllBytes(pub)), Pem.privateKey(Files.readAllBytes(key)));
        }
        var keys = CertificateAuthority.newKeys(random);
        WholeFile.write(key, Pem.encode(keys.getPrivate()), "rw-------");
        WholeFile.write(pub, Pem.encode(keys.getPublic()), "rw-r--r--");
        return keys;
    }

    static boolean due(X509Certificate certificate, Instant now) {
        var from = certificate.getNotBefore().toInstant();
        var to = certificate.getNotAfter().toInstant();
        return Duration.between(now, to).compareTo(Duration.between(from, to).dividedBy(3)) < 0;
    }

    private static boolean says(Identity authority, X509Certificate certificate, CertificateRequest request)
            throws GeneralSecurityException {
        return issuedBy(authority, certificate)
                && subject(certificate, "CN").equals(Set.of(request.name()))
                && subject(certificate, "O").equals(Set.copyOf(request.organizations()))
                && hosts(certificate.getSubjectAlternativeNames()).equals(Set.copyOf(request.hosts()));
    }

    /** By the key identifiers, which are digests of the keys; by the signature where there are none. */
    private static boolean issuedBy(Identity authority, X509Certificate certificate) {
        var wanted = keyIdentifier(certificate, ISSUERS_KEY);
        if (wanted.isPresent() && wanted.equals(keyIdentifier(authority.certificate(), OWN_KEY))) {
            return true;
        }
        try {
            certificate.verify(authority.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    /** The digest that ends the extension, as {@link CertificateAuthority} writes it. */
    private static Optional<ByteBuffer> keyIdentifier(X509Certificate certificate, String extension) {
        var der = certificate.getExtensionValue(extension);
        return der == null || der.length < KEY_IDENTIFIER_BYTES
                ? Optional.empty()
                : Optional.of(ByteBuffer.wrap(der, der.length - KEY_IDENTIFIER_BYTES, KEY_IDENTIFIER_BYTES));
    }

    private static Set<String> subject(X509Certificate certificate, String attribute) throws GeneralSecurityException {
        try {
            Set<String> values = new HashSet<>();
            for (var part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equals(attribute)) {
                    values.add(part.getValue().toString());
                }
            }
            return values;
        } catch (InvalidNameException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static Set<String> hosts(@Nullable Collection<List<?>> names) {
        Set<String> hosts = new HashSet<>();
        for (var name : names == null ? List.<List<?>>of() : new ArrayList<>(names)) {
            hosts.add((String) name.get(1));
        }
        return hosts;
    }

    private static @Nullable Identity read(Path folder, String file) throws IOException, GeneralSecurityException {
        var crt = folder.resolve(file + ".crt");
        var key = folder.resolve(file + ".key");
        if (!Files.exists(crt) || !Files.exists(key)) {
            return null;
        }
        var text = Files.readString(key);
        var identity = new Identity(
                Pem.privateKey(text.getBytes(StandardCharsets.US_ASCII)),
                Pem.certificates(Files.readAllBytes(crt)).toArray(X509Certificate[]::new));
        return text.startsWith(mark(identity)) || belongTogether(identity) ? identity : null;
    }

    /** Written with a key, so that a start needs no signatures to see that key and certificate are of one writing. */
    private static String mark(Identity identity) throws GeneralSecurityException {
        var digest = MessageDigest.getInstance("SHA-256")
                .digest(identity.certificate().getEncoded());
        return BELONGS_TO + HexFormat.of().formatHex(digest) + "\n";
    }

    /** False after a crash between the writes of the two files. */
    private static boolean belongTogether(Identity identity) throws GeneralSecurityException {
        var probe = new byte[32];
        var signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(identity.key());
        signer.update(probe);
        var signature = signer.sign();
        signer.initVerify(identity.certificate());
        signer.update(probe);
        return signer.verify(signature);
    }

    private static void write(Path folder, String file, Identity identity)
            throws IOException, GeneralSecurityException {
        WholeFile.write(folder.resolve(file + ".key"), mark(identity) + Pem.encode(identity.key()), "rw-------");
        WholeFile.write(folder.resolve(file + ".crt"), Pem.encode(identity.chain()), "rw-r--r--");
    }
}
