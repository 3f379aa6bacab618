package dev.navarch.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.apiserver.TestCertificates;
import dev.navarch.apiserver.request.Authenticator.UndecidedException;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebhookTokensTest {
    private static final char[] PASSWORD = "test".toCharArray();

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final List<String> asWhom = Collections.synchronizedList(new ArrayList<>());
    private volatile int code = 200;
    private volatile String status = "";
    private HttpsServer server;
    private WebhookTokens tokens;

    @BeforeEach
    void start() throws Exception {
        var certificates = new TestCertificates();
        var material = certificates.serving("reviewer");
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("me", material.key(), PASSWORD, material.chain().toArray(X509Certificate[]::new));
        var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        identity.init(store, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(identity.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/review", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            asWhom.add(exchange.getRequestHeaders().getFirst("Authorization"));
            var body = ("{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\",\"status\":{" + status
                            + "}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        var pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(certificates.authorityCertificate().getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        tokens = new WebhookTokens(
                new TokenWebhook(
                        URI.create("https://localhost:" + server.getAddress().getPort() + "/review"),
                        pem.getBytes(StandardCharsets.US_ASCII),
                        new HookUser(Optional.empty(), () -> "Bearer ours"),
                        TokenWebhook.DEFAULT_CACHE_TTL,
                        "v1"),
                List.of("api"),
                time);
    }

    @AfterEach
    void stop() {
        tokens.close();
        server.stop(0);
    }

    @Test
    void aTokenIsWhoseTheReviewSays() throws Exception {
        status = "\"authenticated\":true,\"user\":{\"username\":\"jane\",\"uid\":\"7\",\"groups\":[\"dev\"],"
                + "\"extra\":{\"team\":[\"red\"]}}";
        var verified = tokens.verify("theirs", List.of()).orElseThrow();
        assertThat(verified.user()).isEqualTo(new User("jane", "7", List.of("dev"), Map.of("team", List.of("red"))));
        assertThat(verified.audiences()).containsExactly("api");
        assertThat(asked)
                .containsExactly(
                        "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\",\"metadata\":{},"
                                + "\"spec\":{\"token\":\"theirs\",\"audiences\":[\"api\"]}}");
        assertThat(asWhom).containsExactly("Bearer ours");
        assertThatThrownBy(() -> tokens.glance("theirs", List.of())).isInstanceOf(UndecidedException.class);
    }

    @Test
    void aTokenForOthersIsNobodysHere() throws Exception {
        status = "\"authenticated\":true,\"audiences\":[\"vault\"],\"user\":{\"username\":\"jane\"}";
        assertThat(tokens.verify("theirs", List.of())).isEmpty();
        assertThat(tokens.verify("theirs", List.of("vault", "other"))
                        .orElseThrow()
                        .audiences())
                .containsExactly("vault");
    }

    @Test
    void refusalsAreTold() throws Exception {
        status = "\"authenticated\":false";
        assertThat(tokens.verify("theirs", List.of())).isEmpty();
        status = "\"authenticated\":false,\"error\":\"expired\"";
        assertThatThrownBy(() -> tokens.verify("theirs", List.of()))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessage("expired");
        code = 403;
        assertThatThrownBy(() -> tokens.verify("theirs", List.of()))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageStartingWith("failed to call webhook: ")
                .hasMessageNotContaining("theirs");
    }

    @Test
    void answersAreRememberedGoodOrBad() throws Exception {
        var cached = new CachedTokens(
                tokens,
                Duration.ofMinutes(2),
                Duration.ofMinutes(2),
                time,
                new TokenCacheMetrics(new PrometheusRegistry()));
        status = "\"authenticated\":false";
        cached.verify("theirs", List.of());
        assertThat(cached.glance("theirs", List.of())).isEmpty();
        time.advance(Duration.ofMinutes(2));
        status = "\"authenticated\":true,\"user\":{\"username\":\"jane\"}";
        assertThatThrownBy(() -> cached.glance("theirs", List.of())).isInstanceOf(UndecidedException.class);
        assertThat(cached.verify("theirs", List.of())).isPresent();
        assertThat(cached.glance("theirs", List.of())).isPresent();
        assertThat(asked).hasSize(2);
    }
}
