package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.net.TlsMaterial;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The server's identity towards kubelets, for the two ways it talks to them: as an HTTP client and over connections that
 * leave HTTP. Made when it is needed, and anew when the certificate is renewed.
 */
final class KubeletTls implements AutoCloseable {
    private static final char[] PASSWORD = "memory-only".toCharArray();
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final Supplier<TlsMaterial> material;
    private final List<X509Certificate> authorities;
    private @Nullable Plain anyServer;
    private @Nullable Current current;

    private record Plain(SslContext context, HttpClient client) implements Peer {}

    private record Current(TlsMaterial material, Plain peer) {}

    KubeletTls(Supplier<TlsMaterial> material, List<X509Certificate> authorities) {
        this.material = material;
        this.authorities = List.copyOf(authorities);
    }

    /** The cluster's kubelets, whose certificates must be of its authority. */
    Peer kubelets() {
        return current().peer;
    }

    /** Pods and services by https, which are shown no certificate and whose own nobody can know. */
    synchronized Peer anyServer() {
        var made = anyServer;
        if (made == null) {
            made = trustingAnyServer();
            anyServer = made;
        }
        return made;
    }

    Peer of(Location location) {
        return location.toKubelet() ? kubelets() : anyServer();
    }

    private static Plain trustingAnyServer() {
        try {
            var netty = SslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build();
            var trustAll = SSLContext.getInstance("TLS");
            trustAll.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            return new Plain(netty, client(trustAll));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized Current current() {
        var now = material.get();
        var cached = current;
        if (cached == null || cached.material != now) {
            cached = build(now);
            current = cached;
        }
        return cached;
    }

    private Current build(TlsMaterial identity) {
        try {
            var netty = SslContextBuilder.forClient()
                    .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .keyStoreType(TlsMaterial.IN_MEMORY)
                    .keyManager(identity.key(), identity.chain())
                    .trustManager(authorities)
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
            return new Current(identity, new Plain(netty, client(jdkContext(identity))));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("The certificate for kubelets cannot be used", e);
        }
    }

    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .build();
    }

    private SSLContext jdkContext(TlsMaterial identity) throws GeneralSecurityException, IOException {
        var keys = KeyStore.getInstance(TlsMaterial.IN_MEMORY);
        keys.load(null, null);
        keys.setKeyEntry("client", identity.key(), PASSWORD, identity.chain().toArray(X509Certificate[]::new));
        var identifying = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        identifying.init(keys, PASSWORD);
        var trust = KeyStore.getInstance(TlsMaterial.IN_MEMORY);
        trust.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            trust.setCertificateEntry("authority" + i, authorities.get(i));
        }
        var trusting = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusting.init(trust);
        var context = SSLContext.getInstance("TLS");
        context.init(identifying.getKeyManagers(), trusting.getTrustManagers(), null);
        return context;
    }

    @Override
    public synchronized void close() {
        var cached = current;
        if (cached != null) {
            cached.peer.client.shutdownNow();
        }
        var plain = anyServer;
        if (plain != null) {
            plain.client.shutdownNow();
        }
    }
}
