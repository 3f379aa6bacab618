package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.aggregation.Registered.Backend;
import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.net.ServerNameTrust;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.streaming.Peer;
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
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * The servers that requests are passed on to, as this one speaks to them: it shows its certificate as a front proxy, and
 * their certificates must have the service's name. Connections are kept, and shared by what is trusted alike.
 */
final class Peers implements AutoCloseable {
    private static final int MOST = 64;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final char[] PASSWORD = "memory-only".toCharArray();

    private final Optional<FrontProxy> proxy;
    private final Executor threads =
            task -> Thread.ofVirtual().name("aggregation-client").start(task);
    private final Map<Key, Known> known = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(String host, boolean insecure, String caBundle) {}

    private record Known(Optional<TlsMaterial> identity, SslContext context, HttpClient client, String serverName)
            implements Peer {}

    Peers(Optional<FrontProxy> proxy) {
        this.proxy = proxy;
    }

    /**
     * As whom an APIService's backend is spoken to.
     *
     * @throws GeneralSecurityException if its authorities can't be read
     */
    Peer of(Backend backend) throws GeneralSecurityException, IOException {
        return of(new Key(backend.host(), backend.insecure(), backend.caBundle()));
    }

    /** Likewise, whatever its certificate: for looking whether it is there at all. */
    Peer unjudged(Backend backend) throws GeneralSecurityException, IOException {
        return of(new Key(backend.host(), true, ""));
    }

    private synchronized Peer of(Key key) throws GeneralSecurityException, IOException {
        var identity = proxy.map(p -> p.identity().get());
        var there = known.get(key);
        if (there != null && there.identity.equals(identity)) {
            return there;
        }
        var made = make(key, identity);
        var before = known.put(key, made);
        if (before != null) {
            before.client.shutdown();
        }
        if (known.size() > MOST) {
            var eldest = known.entrySet().iterator();
            eldest.next().getValue().client.shutdown();
            eldest.remove();
        }
        return made;
    }

    private Known make(Key key, Optional<TlsMaterial> identity) throws GeneralSecurityException, IOException {
        X509TrustManager trust = key.insecure
                ? (X509ExtendedTrustManager)
                        InsecureTrustManagerFactory.INSTANCE.getTrustManagers()[0]
                : ServerNameTrust.of(Base64.getMimeDecoder().decode(key.caBundle), key.host);
        var netty = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .keyStoreType(TlsMaterial.IN_MEMORY)
                .trustManager(trust)
                .endpointIdentificationAlgorithm(null);
        identity.ifPresent(me -> netty.keyManager(me.key(), me.chain()));
        var jdk = SSLContext.getInstance("TLS");
        jdk.init(managers(identity), new TrustManager[] {trust}, null);
        var parameters = new SSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(key.host)));
        var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .executor(threads)
                .sslContext(jdk)
                .sslParameters(parameters)
                .build();
        return new Known(identity, netty.build(), client, key.host);
    }

    private static KeyManager[] managers(Optional<TlsMaterial> identity) throws GeneralSecurityException, IOException {
        if (identity.isEmpty()) {
            return new KeyManager[0];
        }
        var me = identity.get();
        var keys = KeyStore.getInstance(TlsMaterial.IN_MEMORY);
        keys.load(null, null);
        keys.setKeyEntry("proxy", me.key(), PASSWORD, me.chain().toArray(X509Certificate[]::new));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD);
        return factory.getKeyManagers();
    }

    @Override
    public synchronized void close() {
        new ArrayList<>(known.values()).forEach(one -> one.client.shutdownNow());
        known.clear();
    }
}
