package dev.navarch.benchmarks;

import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.apiserver.authz.ClusterAuthorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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
    private KnownCallers callers;
    private ClusterAuthorizer authorizer;

    @Setup
    public void start() throws Exception {
        callers = new KnownCallers(
                CertificateRequest.client("user-4711", "staff"), "ns-11", UnaryOperator.identity(), time);
        bind();
        authorizer = new ClusterAuthorizer(
                AuthorizationSettings.STANDARD, store, BootstrapPolicy.standard(), "benchmark", time, new Random(7));
        if (!certificate().allowed() || !serviceAccountToken().allowed()) {
            throw new IllegalStateException("not judged as expected");
        }
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
        callers.close();
        store.close();
        time.close();
    }

    @Benchmark
    public Decision certificate() {
        return authorizer.authorize(callers.byCertificate(PATH), get);
    }

    @Benchmark
    public Decision serviceAccountToken() {
        return authorizer.authorize(callers.byToken(PATH), get);
    }
}
