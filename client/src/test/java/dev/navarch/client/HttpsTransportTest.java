package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the JDK's own HTTPS server, which passes requests on to a {@link FakeApi}. */
class HttpsTransportTest {
    @TempDir
    Path folder;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private HttpsServer server;
    private byte[] certificate;
    private byte[] key;

    @BeforeEach
    void serve() throws Exception {
        var file = folder.resolve("store.p12");
        var tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storepass",
                        "secret",
                        "-keystore",
                        file.toString())
                .inheritIO()
                .start();
        assertThat(tool.waitFor()).isZero();
        var store = KeyStore.getInstance(file.toFile(), "secret".toCharArray());
        certificate = pem("CERTIFICATE", store.getCertificate("a").getEncoded());
        Key secret = store.getKey("a", "secret".toCharArray());
        key = pem("PRIVATE KEY", secret.getEncoded());
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "secret".toCharArray());
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        var authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        authorities.setCertificateEntry("a", store.getCertificate("a"));
        trusted.init(authorities);
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                var settings = getSSLContext().getDefaultSSLParameters();
                settings.setNeedClientAuth(true);
                parameters.setSSLParameters(settings);
            }
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            var headers = exchange.getRequestHeaders();
            var type = Optional.ofNullable(headers.getFirst("Content-Type")).orElse("");
            var request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    java.util.Map.of("Content-Type", type, "Accept", headers.getFirst("Accept")),
                    exchange.getRequestBody().readAllBytes());
            if (!"Bearer t0".equals(headers.getFirst("Authorization"))) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            try (var response = api.send(request);
                    exchange) {
                exchange.sendResponseHeaders(response.status(), 0);
                var out = exchange.getResponseBody();
                if (request.path().contains("watch=true")) {
                    out.flush();
                    for (var frame = response.readFrame(); frame != null; frame = response.readFrame()) {
                        out.write(frame);
                        out.write('\n');
                        out.flush();
                    }
                } else {
                    out.write(response.readAll());
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        api.close();
        server.stop(0);
    }

    private static byte[] pem(String type, byte[] der) {
        var text = "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + type
                + "-----\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private HttpsTransport transport(TokenSource token) throws Exception {
        return new HttpsTransport(
                URI.create("https://127.0.0.1:" + server.getAddress().getPort()),
                new HttpsTransport.Credentials(
                        Optional.of(certificate), Optional.of(certificate), Optional.of(key), Optional.of(token)));
    }

    private static ConfigMap map(String name) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .build();
    }

    @Test
    void verbsRefusalsAndWatchesTravel() throws Exception {
        try (var transport = transport(TokenSource.fixed("t0"))) {
            var maps = new ApiClient(transport, "m").resource(ConfigMap.class);
            var made = maps.create(map("a"));
            assertThat(made.getMetadata().getUid()).isNotEmpty();
            assertThatThrownBy(() -> maps.create(map("a")))
                    .isInstanceOfSatisfying(
                            ApiFailure.class, e -> assertThat(e.alreadyExists()).isTrue());
            var list = maps.list(ListQuery.inNamespace("d"));
            assertThat(list.items()).hasSize(1);
            try (var watch = maps.watch(ListQuery.all(), list.resourceVersion())) {
                maps.create(map("b"));
                assertThat(watch.next())
                        .isInstanceOfSatisfying(
                                WatchEvent.Added.class,
                                e -> assertThat(((ConfigMap) e.object())
                                                .getMetadata()
                                                .getName())
                                        .isEqualTo("b"));
                var closer = Thread.ofVirtual().start(() -> {
                    Await.until("the watch waits", api::delivered);
                    watch.close();
                });
                assertThatCodeEnds(watch);
                closer.join();
            }
        }
    }

    private static void assertThatCodeEnds(WatchStream<ConfigMap> watch) throws InterruptedException {
        try {
            assertThat(watch.next()).isNull();
        } catch (UncheckedIOException e) {
            assertThat(e).hasMessageContaining("closed");
        }
    }

    @Test
    void aTokenFileIsReadAgainAfterAMinute() throws Exception {
        var file = Files.writeString(folder.resolve("token"), "old\n");
        try (var transport = transport(TokenSource.file(file, time))) {
            var maps = new ApiClient(transport, "m").resource(ConfigMap.class);
            assertThatThrownBy(() -> maps.list(ListQuery.all()))
                    .isInstanceOfSatisfying(
                            ApiFailure.class, e -> assertThat(e.code()).isEqualTo(401));
            Files.writeString(file, "t0\n");
            time.advance(Duration.ofSeconds(61));
            assertThat(maps.list(ListQuery.all()).items()).isEmpty();
        }
    }

    @Test
    void aServerOfAnotherAuthorityIsNotTrusted() throws Exception {
        try (var transport = new HttpsTransport(
                URI.create("https://127.0.0.1:" + server.getAddress().getPort()),
                new HttpsTransport.Credentials(
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()))) {
            var maps = new ApiClient(transport, "m").resource(ConfigMap.class);
            assertThatThrownBy(() -> maps.list(ListQuery.all())).isInstanceOf(UncheckedIOException.class);
        }
    }
}
