package dev.navarch.benchmarks;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.Authenticator;
import dev.navarch.apiserver.ClientCertificates;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.ServiceAccountKeys;
import dev.navarch.apiserver.TlsMaterial;
import dev.navarch.apiserver.TokenIssuer.TokenSpec;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.time.SystemTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What it costs to tell who asks, of somebody who has asked before: all that a request pays before authorization. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AuthenticationBenchmark {
    private static final String PATH = "/api/v1/namespaces/shop/pods";

    /** A server's authentication, as it starts, with one known client of each kind. */
    @State(Scope.Thread)
    public static class Server {
        private final SystemTime time = new SystemTime();
        private Authentication authentication;
        private Authenticator authenticator;
        private ClientCertificates certificate;
        private Path file;
        private String account;

        @Setup
        public void start() throws Exception {
            var random = new SecureRandom();
            var authority = CertificateAuthority.found("benchmark", time.now(), Duration.ofDays(2), random);
            var identity = new CertificateAuthority(authority, random)
                    .issue(CertificateRequest.client("jane", "dev", "ops"), time.now(), Duration.ofDays(1));
            certificate = new ClientCertificates(List.of(identity.chain()));
            var unasked = new Supplier<TlsMaterial>() {
                @Override
                public TlsMaterial get() {
                    throw new IllegalStateException("no certificate is shown");
                }
            };
            var config = ApiServerConfig.builder(
                            new InetSocketAddress(0),
                            unasked,
                            List.of(authority.certificate()),
                            unasked,
                            List.of(),
                            ServiceAccountKeys.fixed(CertificateAuthority.newKeys(random)))
                    .build();
            file = Files.createTempFile("tokens", ".csv");
            Files.writeString(file, "secret-of-jane,jane,u1,dev");
            authentication = new Authentication(
                    config.toBuilder()
                            .authentication(config.authentication().withTokens(file))
                            .build(),
                    "benchmark",
                    (_, resource, _, _) ->
                            resource.equals("serviceaccounts") ? Optional.of(account()) : Optional.empty(),
                    time,
                    new PrometheusRegistry());
            authenticator = authentication.authenticator();
            account = "Bearer "
                    + authentication
                            .serviceAccounts()
                            .issue(new TokenSpec(
                                    "shop",
                                    "till",
                                    "u1",
                                    List.of(),
                                    Duration.ofHours(1),
                                    Optional.empty(),
                                    Optional.empty()))
                            .token();
        }

        private static ObjectNode account() {
            var object = JsonNodeFactory.instance.objectNode();
            object.putObject("metadata").put("name", "till").put("uid", "u1");
            return object;
        }

        @TearDown
        public void stop() throws Exception {
            authentication.close();
            time.close();
            Files.delete(file);
        }
    }

    @Benchmark
    public User certificate(Server server) {
        return server.authenticator.authenticate(Headers.EMPTY, server.certificate, PATH);
    }

    /** A token of some 800 characters. The text comes from the network each time, without a hash. */
    @Benchmark
    public User serviceAccountToken(Server server) {
        return server.authenticator.authenticate(
                Headers.of("Authorization", new String(server.account)), ClientCertificates.NONE, PATH);
    }

    @Benchmark
    public User staticToken(Server server) {
        return server.authenticator.authenticate(
                Headers.of("Authorization", "Bearer secret-of-jane"), ClientCertificates.NONE, PATH);
    }
}
