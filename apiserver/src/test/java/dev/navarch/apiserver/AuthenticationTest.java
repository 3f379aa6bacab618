package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.apiserver.authn.AuthenticationSettings;
import dev.navarch.apiserver.authn.IssuerDiscovery;
import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.authn.TokenIssuer;
import dev.navarch.apiserver.authn.TokenResources;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.request.VirtualResource;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.ManualTime;
import io.netty.pkitesting.CertificateBuilder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
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
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** All ways in, together, and what happens when the files that name them change. */
class AuthenticationTest {
    @TempDir
    Path folder;

    private final ManualTime time = new ManualTime(Instant.now());
    private final TestCertificates certificates = new TestCertificates();
    private final AtomicReference<ServiceAccountKeys> keys =
            new AtomicReference<>(new ServiceAccountKeys(pair(), List.of()));
    private PrometheusRegistry counted = new PrometheusRegistry();
    private AuthenticationSettings extending = AuthenticationSettings.STANDARD;
    private Authentication authentication;

    AuthenticationTest() throws Exception {}

    private static KeyPair pair() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private void start(UnaryOperator<AuthenticationSettings> change) {
        start(change, List.of(ApiServerConfig.DEFAULT_ISSUER));
    }

    private void start(UnaryOperator<AuthenticationSettings> change, List<String> issuers) {
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
                .issuers(issuers)
                .authentication(change.apply(AuthenticationSettings.STANDARD))
                .build();
        counted = new PrometheusRegistry();
        authentication = new Authentication(
                config.authenticationBasis(), "one", (_, resource, _, name) -> account(resource, name), time, counted);
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
        assertUnauthorized("/livez", "Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.bm9ib2R5");
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
        assertThat(published()).as("the keys of both").hasSize(2);
        assertThat(whoHasToken(first).name()).isEqualTo("system:serviceaccount:shop:till");
        assertThat(whoHasToken(second).name()).isEqualTo("system:serviceaccount:shop:till");
        keys.set(new ServiceAccountKeys(keys.get().signing(), List.of()));
        assertThat(published()).hasSize(1);
        time.advance(Duration.ofSeconds(10));
        assertUnauthorized("/api", "Authorization", "Bearer " + first);
        assertThat(whoHasToken(second).name()).isEqualTo("system:serviceaccount:shop:till");
    }

    /** Ids of the keys that others are told. */
    private List<String> published() throws Exception {
        var page = new IssuerDiscovery(authentication.serviceAccounts(), Optional.empty())
                .keys()
                .handle(new ApiRequest(
                        "GET",
                        IssuerDiscovery.KEYS_PATH,
                        Query.EMPTY,
                        Headers.EMPTY,
                        ApiRequest.NO_BODY,
                        User.ANONYMOUS,
                        RequestInfoParser.parse("GET", IssuerDiscovery.KEYS_PATH, Query.EMPTY),
                        "1"));
        return new JsonMapper()
                .readTree(((ApiResponse.Whole) page).parts().toByteArray())
                .path("keys")
                .valueStream()
                .map(key -> key.path("kid").asString())
                .toList();
    }

    @Test
    void tokensOfAllIssuersAreAcceptedAndNewOnesAreTheFirstOnes() throws Exception {
        start(s -> s, List.of("https://old"));
        var spec = new TokenIssuer.TokenSpec(
                "shop", "till", "u1", List.of("https://new"), Duration.ofHours(1), Optional.empty(), Optional.empty());
        var old = authentication.serviceAccounts().issue(spec).token();
        authentication.close();
        start(s -> s, List.of("https://new"));
        assertUnauthorized("/api", "Authorization", "Bearer " + old);
        authentication.close();
        start(s -> s, List.of("https://new", "https://old"));
        assertThat(whoHasToken(old).name()).isEqualTo("system:serviceaccount:shop:till");
        var fresh = authentication.serviceAccounts().issue(spec).token();
        assertThat(new String(Base64.getUrlDecoder().decode(fresh.split("\\.")[1]), StandardCharsets.UTF_8))
                .contains("\"iss\":\"https://new\"");
        assertThat(new IssuerDiscovery(authentication.serviceAccounts(), Optional.empty()).possible())
                .isTrue();
    }

    /** Until when a token of the pod till-0 lives, and until when it is said to. */
    private List<Duration> lives(String spec) {
        var resources = new TokenResources(
                authentication.serviceAccounts(),
                authentication.tokens(),
                extending,
                (_, _, _, name) -> {
                    var object = Tree.object();
                    object.putObject("metadata").put("name", name).put("uid", "u1");
                    object.putObject("spec").put("serviceAccountName", "till");
                    return Optional.of(object);
                },
                time);
        var path = "/api/v1/namespaces/shop/serviceaccounts/till/token";
        var answer = resources
                .resources()
                .get(new VirtualResource.Target("", "serviceaccounts", "token"))
                .create(
                        new ApiRequest(
                                "POST",
                                path,
                                Query.EMPTY,
                                Headers.EMPTY,
                                ApiRequest.NO_BODY,
                                User.ANONYMOUS,
                                RequestInfoParser.parse("POST", path, Query.EMPTY),
                                "1"),
                        (ObjectNode) new JsonMapper().readTree("{\"spec\":" + spec.replace('\'', '"') + "}"));
        var token = answer.path("status").path("token").asString();
        var claims = new JsonMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
        var said =
                Instant.parse(answer.path("status").path("expirationTimestamp").asString());
        return List.of(
                Duration.ofSeconds(
                        claims.path("exp").asLong() - claims.path("iat").asLong()),
                Duration.between(time.now().truncatedTo(ChronoUnit.SECONDS), said));
    }

    /** What else is asked for lives as long as it was asked for. Kubelets go by what they are told, and ask in time. */
    @Test
    void tokensThatAdmissionPutIntoPodsAreExtendedAndAskedForAnewAsIfTheyWereNot() {
        start(AuthenticationSettings::withExtendedTokens);
        var ofAdmission = Duration.ofSeconds(3607);
        var pod = "'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'till-0'}";
        assertThat(lives("{'expirationSeconds':3607," + pod + "}")).containsExactly(ofAdmission, ofAdmission);
        extending = extending.withExtendedTokens();
        assertThat(lives("{'expirationSeconds':3607," + pod + "}")).containsExactly(Duration.ofDays(365), ofAdmission);
        assertThat(lives("{'expirationSeconds':3607}")).containsExactly(ofAdmission, ofAdmission);
        assertThat(lives("{'expirationSeconds':3607,'audiences':['vault']," + pod + "}"))
                .containsExactly(ofAdmission, ofAdmission);
        assertThat(lives("{'expirationSeconds':7200," + pod + "}"))
                .containsExactly(Duration.ofHours(2), Duration.ofHours(2));
    }

    @Test
    void extendedTokensAreCountedByWhetherTheirTimeIsOver() {
        start(AuthenticationSettings::withExtendedTokens);
        var token = authentication
                .serviceAccounts()
                .issue(new TokenIssuer.TokenSpec(
                        "shop",
                        "till",
                        "u1",
                        List.of(),
                        Duration.ofDays(365),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Duration.ofSeconds(3607))))
                .token();
        whoHasToken(token);
        assertThat(count("serviceaccount_valid_tokens")).isEqualTo(1);
        time.advance(Duration.ofHours(2));
        assertThat(whoHasToken(token).name()).isEqualTo("system:serviceaccount:shop:till");
        assertThat(count("serviceaccount_valid_tokens")).isEqualTo(1);
        assertThat(count("serviceaccount_stale_tokens")).isEqualTo(1);
    }

    private double count(String name) {
        return counted.scrape(name::equals).stream()
                .flatMap(metric -> metric.getDataPoints().stream())
                .mapToDouble(point -> ((CounterSnapshot.CounterDataPointSnapshot) point).getValue())
                .sum();
    }

    @Test
    void frontProxiesOfAFileSpeakForOthersInTheirOwnFields() throws Exception {
        var theirs = new TestCertificates();
        var file = Files.writeString(folder.resolve("proxies.crt"), theirs.authority.getCertificatePEM());
        start(s -> s.withProxies(new AuthenticationSettings.ProxyFile(
                file,
                List.of("front"),
                new RemoteUser.Names(List.of("X-User"), List.of(), List.of("X-Team"), List.of()))));
        var front = new ClientCertificates(theirs.client("CN=front").chain());
        var stranger = new ClientCertificates(theirs.client("CN=stranger").chain());
        var named = Headers.of("X-User", "jane", "X-Team", "dev", "X-Remote-Group", "system:masters");
        var authenticator = authentication.authenticator();
        assertThat(authenticator.authenticate(named, front, "/api"))
                .isEqualTo(new User("jane", List.of("dev", User.AUTHENTICATED)));
        assertThat(authentication.namedAuthorities())
                .containsExactly(certificates.authorityCertificate(), theirs.authorityCertificate());
        Assertions.assertThatThrownBy(() -> authenticator.authenticate(named, stranger, "/api"))
                .isInstanceOf(ApiFailure.class);
        Files.writeString(file, new TestCertificates().authority.getCertificatePEM());
        time.advance(Duration.ofSeconds(5));
        Assertions.assertThatThrownBy(() -> authenticator.authenticate(named, front, "/api"))
                .isInstanceOf(ApiFailure.class);
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
