package dev.navarch.embedded;

import dev.navarch.client.Pem;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Connections to a cluster from outside. */
final class Https {
    private static final char[] PASSWORD = "test".toCharArray();

    private Https() {}

    /** Of somebody with a certificate. */
    static SSLContext as(EmbeddedCluster cluster, String user, String... groups) throws Exception {
        var kubeconfig = cluster.kubeconfig(user, groups);
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "cluster",
                Pem.certificates(data(kubeconfig, "certificate-authority-data")).getFirst());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "me",
                Pem.privateKey(data(kubeconfig, "client-key-data")),
                PASSWORD,
                Pem.certificates(data(kubeconfig, "client-certificate-data")).toArray(X509Certificate[]::new));
        var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        identity.init(own, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(identity.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static byte[] data(String kubeconfig, String field) {
        var found = Pattern.compile(field + ": *\"?([A-Za-z0-9+/=]+)").matcher(kubeconfig);
        if (!found.find()) {
            throw new IllegalStateException("no " + field + " in the kubeconfig");
        }
        return Base64.getDecoder().decode(found.group(1));
    }
}
