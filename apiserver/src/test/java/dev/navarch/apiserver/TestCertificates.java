package dev.navarch.apiserver;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** An authority and the certificates it signs. */
public final class TestCertificates {
    private static final char[] PASSWORD = "test".toCharArray();

    public final X509Bundle authority;

    public TestCertificates() throws Exception {
        authority = new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=test-authority")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    public X509Certificate authorityCertificate() {
        return authority.getCertificate();
    }

    /** A server's certificate for localhost. */
    public TlsMaterial serving(String commonName) throws Exception {
        return material(new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=" + commonName)
                .addSanDnsName("localhost")
                .addSanIpAddress("127.0.0.1")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(authority));
    }

    public TlsMaterial client(String subject) throws Exception {
        return material(new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject(subject)
                .addExtendedKeyUsageClientAuth()
                .buildIssuedBy(authority));
    }

    private static TlsMaterial material(X509Bundle bundle) {
        return new TlsMaterial(bundle.getKeyPair().getPrivate(), List.of(bundle.getCertificatePath()));
    }

    /** A client's TLS that trusts the authority and shows {@code identity}. */
    public SSLContext clientContext(TlsMaterial... identity) throws Exception {
        var trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", authorityCertificate());
        var trusting = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusting.init(trust);
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        for (var material : identity) {
            keys.setKeyEntry("me", material.key(), PASSWORD, material.chain().toArray(X509Certificate[]::new));
        }
        var identifying = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        identifying.init(keys, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(identifying.getKeyManagers(), trusting.getTrustManagers(), null);
        return context;
    }
}
