package dev.navarch.benchmarks;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.AuthorizationSettings;
import dev.navarch.apiserver.ClientCertificates;
import dev.navarch.apiserver.Decision;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.ServiceAccountKeys;
import dev.navarch.apiserver.TlsMaterial;
import dev.navarch.apiserver.TokenIssuer.TokenSpec;
import dev.navarch.apiserver.authn.Authentication;
import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.apiserver.authz.ClusterAuthorizer;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.time.SystemTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
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

/**
 * What a request of somebody known pays before it is served: who asks, and may they, beside 10,000 bindings. All that is
 * asked for stands in a binding of a namespace.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class AccessBenchmark {
    private static final int COUNT = 10_000;
    private static final String PATH = "/apis/apps/v1/namespaces/ns-11/deployments/web";
    private static final String RBAC = "/registry/rbac.authorization.k8s.io/";

    private final SystemTime time = new SystemTime();
    private final MemoryStore store = new MemoryStore(time);
    private final RequestInfo get = new RequestInfo(true, "get", "apps", "v1", "deployments", "", "ns-11", "web", PATH);
    private Authentication authentication;
    private ClusterAuthorizer authorizer;
    private ClientCertificates certificate;
    private String token;

    @Setup
    public void start() throws Exception {
        var random = new SecureRandom();
        var authority = CertificateAuthority.found("benchmark", time.now(), Duration.ofDays(2), random);
        certificate = new ClientCertificates(List.of(new CertificateAuthority(authority, random)
                .issue(CertificateRequest.client("user-4711", "staff"), time.now(), Duration.ofDays(1))
                .chain()));
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
        authentication = new Authentication(
                config,
                "benchmark",
                (_, resource, _, _) -> resource.equals("serviceaccounts") ? Optional.of(account()) : Optional.empty(),
                time,
                new PrometheusRegistry());
        token = "Bearer "
                + authentication
                        .serviceAccounts()
                        .issue(new TokenSpec(
                                "ns-11",
                                "till",
                                "u1",
                                List.of(),
                                Duration.ofHours(1),
                                Optional.empty(),
                                Optional.empty()))
                        .token();
        bind();
        authorizer = new ClusterAuthorizer(
                AuthorizationSettings.STANDARD, store, BootstrapPolicy.standard(), "benchmark", time, new Random(7));
        if (!certificate().allowed() || !serviceAccountToken().allowed()) {
            throw new IllegalStateException("not judged as expected");
        }
    }

    private static ObjectNode account() {
        var object = JsonNodeFactory.instance.objectNode();
        object.putObject("metadata").put("name", "till").put("uid", "u1");
        return object;
    }

    private void bind() {
        for (var object : BootstrapPolicy.standard().objects()) {
            var meta = object.path("metadata");
            var namespace = meta.path("namespace").asString("");
            put(
                    object.path("kind").asString().toLowerCase(Locale.ROOT) + "s/"
                            + (namespace.isEmpty() ? "" : namespace + "/")
                            + meta.path("name").asString(),
                    object.toString());
        }
        for (int i = 0; i < COUNT; i++) {
            bind("ns-" + i % 100, "b-" + i, "\"kind\":\"User\",\"name\":\"user-" + i + "\"");
        }
        bind("ns-11", "till", "\"kind\":\"ServiceAccount\",\"namespace\":\"ns-11\",\"name\":\"till\"");
    }

    private void bind(String namespace, String name, String subject) {
        put(
                "rolebindings/" + namespace + "/" + name,
                "{\"metadata\":{\"namespace\":\"" + namespace + "\",\"name\":\"" + name
                        + "\"},\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":\"edit\"},\"subjects\":[{" + subject
                        + "}]}");
    }

    private void put(String key, String object) {
        store.write(
                new Write.Create(RBAC + key, new Draft(object.getBytes(StandardCharsets.UTF_8), -1, Optional.empty())));
    }

    @TearDown
    public void stop() {
        authorizer.close();
        authentication.close();
        store.close();
        time.close();
    }

    @Benchmark
    public Decision certificate() {
        var user = authentication.authenticator().authenticate(Headers.EMPTY, certificate, PATH);
        return authorizer.authorize(user, get);
    }

    /** A token of some 800 characters. The text comes from the network each time, without a hash. */
    @Benchmark
    public Decision serviceAccountToken() {
        var user = authentication
                .authenticator()
                .authenticate(Headers.of("Authorization", new String(token)), ClientCertificates.NONE, PATH);
        return authorizer.authorize(user, get);
    }
}
