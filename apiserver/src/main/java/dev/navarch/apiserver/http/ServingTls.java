package dev.navarch.apiserver.http;

import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.net.TlsSettings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of TLS, by BoringSSL if it is there. New connections get what {@code material} supplies
 * at that moment, so that a renewed certificate needs no restart.
 *
 * <p>Client certificates are asked for but not judged here: as upstream, a bad one costs the request (401), not the
 * connection.
 */
public final class ServingTls {
    private final Supplier<TlsMaterial> material;
    private final Supplier<List<X509Certificate>> clientAuthorities;
    private final TlsSettings settings;
    private volatile @Nullable Current current;

    private record Current(TlsMaterial material, List<X509Certificate> clientAuthorities, SslContext context) {
        boolean isOf(TlsMaterial other, List<X509Certificate> others) {
            return material == other && clientAuthorities == others;
        }
    }

    /** Both suppliers tell of something else by another identity. */
    public ServingTls(
            Supplier<TlsMaterial> material, TlsSettings settings, Supplier<List<X509Certificate>> clientAuthorities) {
        this.material = material;
        this.settings = settings;
        this.clientAuthorities = clientAuthorities;
    }

    public SslContext context() {
        var now = material.get();
        var authorities = clientAuthorities.get();
        var cached = current;
        if (cached != null && cached.isOf(now, authorities)) {
            return cached.context;
        }
        synchronized (this) {
            cached = current;
            if (cached == null || !cached.isOf(now, authorities)) {
                cached = new Current(now, authorities, build(now, authorities));
                current = cached;
            }
            return cached.context;
        }
    }

    private SslContext build(TlsMaterial tls, List<X509Certificate> clientAuthorities) {
        try {
            return SslContextBuilder.forServer(tls.key(), tls.chain())
                    .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .keyStoreType(TlsMaterial.IN_MEMORY)
                    .protocols(settings.protocols())
                    .ciphers(settings.cipherSuites(), SupportedCipherSuiteFilter.INSTANCE)
                    .clientAuth(ClientAuth.OPTIONAL)
                    .trustManager(new Unjudging(clientAuthorities.toArray(X509Certificate[]::new)))
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("The serving certificate cannot be used", e);
        }
    }

    /** Names the authorities that clients should choose a certificate of, and lets every one pass. */
    private static final class Unjudging extends X509ExtendedTrustManager {
        private final X509Certificate[] authorities;

        Unjudging(X509Certificate[] authorities) {
            this.authorities = authorities;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return authorities.clone();
        }
    }
}
