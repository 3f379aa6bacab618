package dev.navarch.apiserver.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts servers whose certificates have a given name, wherever they are: a webhook behind a service is called at its
 * endpoint's address, and its certificate names the service.
 */
public final class ServerNameTrust extends X509ExtendedTrustManager {
    private static final int DNS = 2;

    private final X509TrustManager chains;
    private final String name;

    private ServerNameTrust(X509TrustManager chains, String name) {
        this.chains = chains;
        this.name = name;
    }

    /**
     * @param authorities certificates as PEM; empty for those of the system
     * @param serverName empty for the name in the address
     * @param identity what is shown to servers; nothing if empty
     */
    public static SSLContext context(byte[] authorities, String serverName, KeyManager... identity)
            throws GeneralSecurityException, IOException {
        var context = SSLContext.getInstance("TLS");
        context.init(identity.length == 0 ? null : identity, new TrustManager[] {of(authorities, serverName)}, null);
        return context;
    }

    /** Likewise, as what judges the servers' certificates. */
    public static X509TrustManager of(byte[] authorities, String serverName)
            throws GeneralSecurityException, IOException {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities.length == 0 ? null : store(authorities));
        for (var manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager chains) {
                return serverName.isEmpty() ? chains : new ServerNameTrust(chains, serverName);
            }
        }
        throw new CertificateException("this Java cannot judge certificates");
    }

    private static KeyStore store(byte[] authorities) throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance(TlsMaterial.IN_MEMORY);
        store.load(null, null);
        int count = 0;
        for (var certificate :
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(authorities))) {
            store.setCertificateEntry("ca-" + count++, certificate);
        }
        if (count == 0) {
            throw new CertificateException("unable to load root certificates: unable to parse bytes as PEM block");
        }
        return store;
    }

    private void check(X509Certificate[] chain, String type) throws CertificateException {
        chains.checkServerTrusted(chain, type);
        List<String> names = new ArrayList<>();
        var all = chain[0].getSubjectAlternativeNames();
        if (all != null) {
            for (var one : all) {
                if (one.get(0) instanceof Integer kind && kind == DNS && one.get(1) instanceof String dns) {
                    names.add(dns);
                }
            }
        }
        if (names.stream().noneMatch(this::covers)) {
            throw new CertificateException(
                    names.isEmpty()
                            ? "x509: certificate is not valid for any names, but wanted to match " + name
                            : "x509: certificate is valid for " + String.join(", ", names) + ", not " + name);
        }
    }

    private boolean covers(String pattern) {
        var lower = pattern.toLowerCase(Locale.ROOT);
        int dot = name.indexOf('.');
        return lower.startsWith("*.") ? dot > 0 && name.substring(dot).equals(lower.substring(1)) : lower.equals(name);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        check(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        check(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("no server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("no server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        throw new CertificateException("no server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }
}
