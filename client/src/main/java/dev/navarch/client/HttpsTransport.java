package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Requests over HTTPS, by HTTP/2 where the server speaks it. */
public final class HttpsTransport implements Transport {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    /** Until the answer's head; the server itself gives up after a minute. */
    private static final Duration ANSWER = Duration.ofSeconds(75);

    private static final int LARGEST_FRAME = 64 << 20;

    private final URI server;
    private final Optional<TokenSource> token;
    private final HttpClient http;

    /**
     * Whom to trust and how to prove who one is; PEM.
     *
     * @param authorities empty for the machine's own
     * @param certificate of the client; needs {@code key}
     */
    public record Credentials(
            Optional<byte[]> authorities,
            Optional<byte[]> certificate,
            Optional<byte[]> key,
            Optional<TokenSource> token) {}

    /**
     * @param server such as {@code https://127.0.0.1:6443}
     * @throws GeneralSecurityException a certificate or key is unreadable
     */
    public HttpsTransport(URI server, Credentials credentials) throws GeneralSecurityException {
        var text = server.toString();
        this.server = text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : server;
        token = requireNonNull(credentials).token();
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_2)
                .connectTimeout(CONNECT)
                .sslContext(tls(credentials))
                .executor(task -> Thread.ofVirtual().name("https").start(task))
                .build();
    }

    /**
     * TLS that trusts whoever answers; for peers of which it is configured that they are not checked.
     *
     * @param certificate of the client, PEM; needs {@code key}
     */
    public static SSLContext trustingAnybody(Optional<byte[]> certificate, Optional<byte[]> key)
            throws GeneralSecurityException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys(certificate, key), new TrustManager[] {new TrustAnybody()}, null);
            return context;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static final class TrustAnybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static KeyManager @Nullable [] keys(Optional<byte[]> certificate, Optional<byte[]> key)
            throws GeneralSecurityException, IOException {
        if (certificate.isEmpty()) {
            return null;
        }
        var privateKey = Pem.privateKey(
                key.orElseThrow(() -> new GeneralSecurityException("a client certificate needs its key")));
        var chain = Pem.certificates(certificate.get()).toArray(Certificate[]::new);
        var store = emptyStore();
        store.setKeyEntry("client", privateKey, new char[0], chain);
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    /** TLS with these credentials, without the token. */
    public static SSLContext tls(Credentials credentials) throws GeneralSecurityException {
        try {
            TrustManager[] trusted = null;
            if (credentials.authorities().isPresent()) {
                var store = emptyStore();
                for (var certificate :
                        Pem.certificates(credentials.authorities().get())) {
                    store.setCertificateEntry("authority-" + store.size(), certificate);
                }
                var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                factory.init(store);
                trusted = factory.getTrustManagers();
            }
            var context = SSLContext.getInstance("TLS");
            context.init(keys(credentials.certificate(), credentials.key()), trusted, null);
            return context;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    @Override
    public Response send(Request request) throws IOException, InterruptedException {
        var body = request.body().length == 0
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(request.body());
        var message = HttpRequest.newBuilder(URI.create(server + request.path()))
                .method(request.method(), body)
                .timeout(ANSWER);
        request.headers().forEach(message::header);
        if (token.isPresent()) {
            message.header("Authorization", "Bearer " + token.get().token());
        }
        return new HttpsResponse(http.send(message.build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private static final class HttpsResponse implements Response {
        private final HttpResponse<InputStream> response;
        private final InputStream body;

        HttpsResponse(HttpResponse<InputStream> response) {
            this.response = response;
            body = new BufferedInputStream(response.body(), 1 << 14);
        }

        @Override
        public int status() {
            return response.statusCode();
        }

        @Override
        public Optional<String> header(String name) {
            return response.headers().firstValue(name);
        }

        @Override
        public byte[] readAll() throws IOException {
            return body.readAllBytes();
        }

        /** Frames of a JSON watch end with a line feed, which JSON text itself escapes. */
        @Override
        public byte @Nullable [] readFrame() throws IOException {
            var frame = new ByteArrayOutputStream(1 << 11);
            for (int b = body.read(); b >= 0; b = body.read()) {
                if (b == '\n') {
                    if (frame.size() > 0) {
                        return frame.toByteArray();
                    }
                } else if (frame.size() == LARGEST_FRAME) {
                    throw new IOException("a watch event of more than " + LARGEST_FRAME + " bytes");
                } else {
                    frame.write(b);
                }
            }
            return frame.size() == 0 ? null : frame.toByteArray();
        }

        @Override
        public void close() {
            try {
                response.body().close(); // not the buffer, whose lock a reader may hold
            } catch (IOException e) {
                // it is closed all the same
            }
        }
    }
}
