package dev.navarch.kubelet.server;

import dev.navarch.kubelet.certificates.Certified;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The server's TLS settings, made anew when the certificate is another, so that a renewal needs no restart. */
final class ServerTls {
    /** A type of key store that does not encrypt what never leaves memory; PKCS #12 would hash ten thousand rounds. */
    private static final String IN_MEMORY = "JKS";

    private final KubeletServerConfig config;
    private @Nullable Certified used;
    private @Nullable SslContext context;

    ServerTls(KubeletServerConfig config) throws SSLException {
        this.config = config;
        if (!config.lean()) {
            used = config.certificate().get();
            context = made(used);
        }
    }

    /** For a new connection. */
    synchronized SslContext context() {
        var now = config.certificate().get();
        var made = context;
        if (made == null || now != used) {
            try {
                made = made(now);
                context = made;
            } catch (SSLException e) {
                throw new IllegalStateException("The node's serving certificate cannot be used", e);
            }
            used = now;
        }
        return made;
    }

    private SslContext made(Certified certified) throws SSLException {
        return SslContextBuilder.forServer(certified.key(), certified.chain().toArray(X509Certificate[]::new))
                .keyStoreType(IN_MEMORY)
                .protocols(config.protocols())
                .ciphers(config.cipherSuites().isEmpty() ? null : config.cipherSuites())
                .trustManager(config.clientAuthorities())
                .clientAuth(ClientAuth.OPTIONAL)
                .build();
    }
}
