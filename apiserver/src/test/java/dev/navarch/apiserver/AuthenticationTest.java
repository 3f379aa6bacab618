package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.time.ManualTime;
import io.netty.pkitesting.CertificateBuilder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All ways in, together, and what happens when the files that name them change. */
class AuthenticationTest {
    @TempDir
    Path folder;

    private final ManualTime time = new ManualTime(Instant.now());
    private final TestCertificates certificates = new TestCertificates();
    private final AtomicReference<ServiceAccountKeys> keys =
            new AtomicReference<>(new ServiceAccountKeys(pair(), List.of()));
    private Authentication authentication;

    AuthenticationTest() throws Exception {}

    private static KeyPair pair() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private void start(UnaryOperator<AuthenticationSettings> change) {
        var unasked = new Supplier<TlsMaterial>() {
            @Override
            public TlsMaterial get() {
                throw new AssertionError("no certificate is shown here");
            }
        };
        var config = ApiServerConfig.builder(
                        new InetSocketAddress(0),
                        unasked,
                        List.of(certificates.authorityCertificate()),
                        unasked,
                        List.of(),
                        keys::get)
                .authentication(change.apply(AuthenticationSettings.STANDARD))
                .build();
        authentication = new Authentication(
                config, "one", (_, resource, _, name) -> account(resource, name), time, new PrometheusRegistry());
    }

    private static Optional<tools.jackson.databind.node.ObjectNode> account(String resource, String name) {
        var object = dev.navarch.apiserver.tree.Tree.object();
        object.putObject("metadata").put("name", name).put("uid", "u1");
        return resource.equals("serviceaccounts") ? Optional.of(object) : Optional.empty();
    }

    @AfterEach
    void close() {
        authentication.close();
    }

    private User who(String path, String... headers) {
        return authentication.authenticator().authenticate(Headers.of(headers), ClientCertificates.NONE, path);
    }

    private User whoHasToken(String token) {
        return who("/api", "Authorization", "Bearer " + token);
    }

    private void assertUnauthorized(String path, String... headers) {
        Assertions.assertThatThrownBy(() -> who(path, headers))
                .isInstanceOfSatisfying(
                        ApiFailure.class, e -> assertThat(e.status().code()).isEqualTo(401));
    }

    @Test
    void nobodyIsHeardWhereHealthIsAskedAlone() {
        start(s -> s);
        for (var path : Set.of("/healthz", "/livez", "/readyz")) {
            assertThat(who(path)).isEqualTo(User.ANONYMOUS);
        }
        assertUnauthorized("/version");
        assertUnauthorized("/livez/ping");
        assertUnauthorized("/livez", "Authorization", "Bearer wrong");
    }

    @Test
    void anonymousRequestsAreHeardEverywhereOrNowhereIfAskedFor() {
        start(s -> s.withAnonymous(AnonymousAccess.EVERYWHERE));
        assertThat(who("/api")).isEqualTo(User.ANONYMOUS);
        authentication.close();
        start(s -> s.withAnonymous(AnonymousAccess.NOWHERE));
        assertUnauthorized("/livez");
    }

    @Test
    void staticTokensChangeWithTheirFile() throws Exception {
        var file = Files.writeString(folder.resolve("tokens"), "secret,jane,u1,dev");
        start(s -> s.withTokens(file));
        assertThat(whoHasToken("secret"))
                .isEqualTo(new User("jane", "u1", List.of("dev", User.AUTHENTICATED), java.util.Map.of()));
        assertThat(who(
                                "/api",
                                "Upgrade",
                                "websocket",
                                "Sec-WebSocket-Protocol",
                                "base64url.bearer.authorization.k8s.io.c2VjcmV0, v4.channel.k8s.io")
                        .name())
                .isEqualTo("jane");
        Files.writeString(file, "other,jane,u1");
        time.advance(Duration.ofSeconds(15)); // the file's time, and that of what was remembered
        assertUnauthorized("/api", "Authorization", "Bearer secret");
        assertThat(whoHasToken("other").name()).isEqualTo("jane");
        Files.writeString(file, "broken");
        time.advance(Duration.ofSeconds(15));
        assertThat(whoHasToken("other").name())
                .as("what can't be read changes nothing")
                .isEqualTo("jane");
    }

    @Test
    void authoritiesOfClientsComeAndGoUnderOpenConnections() throws Exception {
        var others = new TestCertificates();
        var file = folder.resolve("ca.crt");
        Files.writeString(file, others.authority.getCertificatePEM());
        start(s -> s.withClientAuthorities(file));
        var own = new ClientCertificates(certificates.client("CN=own,O=dev").chain());
        var other = new ClientCertificates(others.client("CN=other").chain());
        var authenticator = authentication.authenticator();
        assertThat(authenticator.authenticate(Headers.EMPTY, own, "/api").name())
                .isEqualTo("own");
        assertThat(authenticator.authenticate(Headers.EMPTY, other, "/api").name())
                .isEqualTo("other");
        var third = new CertificateBuilder()
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .subject("CN=third")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Files.writeString(file, third.getCertificatePEM());
        time.advance(Duration.ofSeconds(5));
        assertThat(authenticator.authenticate(Headers.EMPTY, own, "/api").name())
                .isEqualTo("own");
        Assertions.assertThatThrownBy(() -> authenticator.authenticate(Headers.EMPTY, other, "/api"))
                .isInstanceOf(ApiFailure.class);
        assertThat(authentication.clientAuthorities()).hasSize(2);
    }

    @Test
    void keysOfServiceAccountsAreRotatedUnderARunningServer() throws Exception {
        start(s -> s);
        var spec = new TokenIssuer.TokenSpec(
                "shop", "till", "u1", List.of(), Duration.ofHours(1), Optional.empty(), Optional.empty());
        var tokens = authentication.serviceAccounts();
        var first = tokens.issue(spec).token();
        var old = keys.get().signing();
        keys.set(new ServiceAccountKeys(pair(), List.of(old.getPublic())));
        var second = tokens.issue(spec).token();
        assertThat(whoHasToken(first).name()).isEqualTo("system:serviceaccount:shop:till");
        assertThat(whoHasToken(second).name()).isEqualTo("system:serviceaccount:shop:till");
        keys.set(new ServiceAccountKeys(keys.get().signing(), List.of()));
        time.advance(Duration.ofSeconds(10));
        assertUnauthorized("/api", "Authorization", "Bearer " + first);
        assertThat(whoHasToken(second).name()).isEqualTo("system:serviceaccount:shop:till");
    }

    @Test
    void theConfigurationSaysWhereNobodyIsHeardAndMayChange() throws Exception {
        var file = folder.resolve("authentication.yaml");
        var text = "{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration, anonymous: %s}";
        Files.writeString(file, text.formatted("{enabled: true, conditions: [{path: /version}]}"));
        start(s -> s.withConfiguration(file));
        assertThat(who("/version")).isEqualTo(User.ANONYMOUS);
        assertUnauthorized("/livez");
        Files.writeString(file, text.formatted("{enabled: false}"));
        time.advance(Duration.ofSeconds(5));
        assertUnauthorized("/version");
    }
}
