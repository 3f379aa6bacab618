package dev.navarch.kubelet.server;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's TLS settings, read again when the certificate's file changes, so that a renewal needs no restart. */
final class ServerTls {
    /** A type of key store that does not encrypt what never leaves memory; PKCS #12 would hash ten thousand rounds. */
    private static final String IN_MEMORY = "JKS";

    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";

    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

    private final KubeletServerConfig config;
    private FileTime read;
    private SslContext context;

    ServerTls(KubeletServerConfig config) throws IOException {
        this.config = config;
        read = Files.getLastModifiedTime(config.certificate());
        context = load();
    }

    /** For a new connection; the settings before, if the new ones cannot be used. */
    synchronized SslContext context() {
        try {
            var changed = Files.getLastModifiedTime(config.certificate());
            if (!changed.equals(read)) {
                context = load();
                read = changed;
            }
        } catch (IOException e) {
            log.warn("The certificate {} cannot be read again", config.certificate(), e);
        }
        return context;
    }

    private SslContext load() throws IOException {
        return SslContextBuilder.forServer(key(Files.readString(config.key())), certificates(config.certificate()))
                .keyStoreType(IN_MEMORY)
                .trustManager(certificates(config.clientCa()))
                .clientAuth(ClientAuth.OPTIONAL)
                .build();
    }

    /** By the JDK's own means: Netty would load BouncyCastle, whose signed jar alone takes longer than all else here. */
    private static X509Certificate[] certificates(Path pem) throws IOException {
        try (var in = Files.newInputStream(pem)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException e) {
            throw new IOException(pem + " holds no certificates", e);
        }
    }

    /** A PKCS #8 key, elliptic or RSA. */
    private static PrivateKey key(String pem) throws IOException {
        int begin = pem.indexOf(BEGIN);
        int end = pem.indexOf("-----END", begin);
        if (begin < 0 || end < 0) {
            throw new IOException("the server's key is no PKCS #8 key in PEM");
        }
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end)));
        try {
            try {
                return KeyFactory.getInstance("EC").generatePrivate(spec);
            } catch (InvalidKeySpecException _) {
                return KeyFactory.getInstance("RSA").generatePrivate(spec);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("the server's key cannot be read", e);
        }
    }
}
