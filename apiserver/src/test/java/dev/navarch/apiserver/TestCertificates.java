package dev.navarch.apiserver;

import dev.navarch.apiserver.net.TlsMaterial;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

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
        context.init(insistent(identifying.getKeyManagers(), identity), trusting.getTrustManagers(), null);
        return context;
    }

    /** Shows the certificate even if the server names other authorities than its own. */
    private static KeyManager[] insistent(KeyManager[] managers, TlsMaterial... identity) {
        if (identity.length == 0) {
            return managers;
        }
        var material = identity[0];
        return new KeyManager[] {
            new X509ExtendedKeyManager() {
                @Override
                public String[] getClientAliases(String keyType, Principal[] issuers) {
                    return new String[] {"me"};
                }

                @Override
                public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
                    return "me";
                }

                @Override
                public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
                    return "me";
                }

                @Override
                public String[] getServerAliases(String keyType, Principal[] issuers) {
                    return null;
                }

                @Override
                public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
                    return null;
                }

                @Override
                public X509Certificate[] getCertificateChain(String alias) {
                    return material.chain().toArray(X509Certificate[]::new);
                }

                @Override
                public PrivateKey getPrivateKey(String alias) {
                    return material.key();
                }
            }
        };
    }

    /** A client that trusts one authority but shows a certificate that another one has signed. */
    public record Trusting(TestCertificates trusted, TestCertificates other) {
        public SSLContext context(TlsMaterial identity) throws Exception {
            return trusted.clientContext(identity);
        }
    }
}
