package dev.navarch.benchmarks;

import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.authz.BootstrapPolicy;
import dev.navarch.apiserver.authz.ClusterAuthorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/** What it costs to find out who may do what, beside 10,000 bindings and 10,000 pods. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class AuthorizationBenchmark {
    private static final int COUNT = 10_000;
    private static final String RBAC = "/registry/rbac.authorization.k8s.io/";

    private final MemoryStore store = new MemoryStore(new SystemTime());
    private final User developer = new User("user-4711", List.of("staff", User.AUTHENTICATED));
    private final User controller = User.serviceAccount("kube-system", "replicaset-controller", "", java.util.Map.of());
    private final User node = new User("system:node:node-11", List.of("system:nodes", User.AUTHENTICATED));
    private ClusterAuthorizer authorizer;

    @Setup
    public void start() {
        for (var object : BootstrapPolicy.standard().objects()) {
            var meta = object.path("metadata");
            var namespace = meta.path("namespace").asString("");
            put(
                    RBAC + object.path("kind").asString().toLowerCase(Locale.ROOT) + "s/"
                            + (namespace.isEmpty() ? "" : namespace + "/")
                            + meta.path("name").asString(),
                    object.toString());
        }
        for (int i = 0; i < COUNT; i++) {
            var namespace = "ns-" + i % 100;
            put(
                    RBAC + "rolebindings/" + namespace + "/b-" + i,
                    "{\"metadata\":{\"namespace\":\"" + namespace + "\",\"name\":\"b-" + i
                            + "\"},\"roleRef\":{\"kind\":\"ClusterRole\",\"name\":\"edit\"},"
                            + "\"subjects\":[{\"kind\":\"User\",\"name\":\"user-" + i + "\"}]}");
            put(
                    "/registry/core/pods/" + namespace + "/p-" + i,
                    "{\"metadata\":{\"namespace\":\"" + namespace + "\",\"name\":\"p-" + i
                            + "\"},\"spec\":{\"nodeName\":\"node-" + i % 500
                            + "\",\"volumes\":[{\"name\":\"s\",\"secret\":{\"secretName\":\"s-" + i + "\"}}]}}");
        }
        authorizer = new ClusterAuthorizer(
                AuthorizationSettings.STANDARD,
                store,
                BootstrapPolicy.standard(),
                "benchmark",
                new SystemTime(),
                new Random(7));
        if (!developer().allowed()
                || !controller().allowed()
                || !node().allowed()
                || refused().allowed()) {
            throw new IllegalStateException("not judged as expected");
        }
    }

    private void put(String key, String object) {
        store.write(new Write.Create(key, new Draft(object.getBytes(StandardCharsets.UTF_8), -1, Optional.empty())));
    }

    @TearDown
    public void stop() {
        authorizer.close();
        store.close();
    }

    private static RequestInfo request(String verb, String group, String resource, String namespace, String name) {
        return new RequestInfo(true, verb, group, "v1", resource, "", namespace, name, "");
    }

    private final RequestInfo getDeployment = request("get", "apps", "deployments", "ns-11", "web");
    private final RequestInfo createPod = request("create", "", "pods", "ns-11", "");
    private final RequestInfo getSecret = request("get", "", "secrets", "ns-11", "s-11");
    private final RequestInfo getNode = request("get", "", "nodes", "", "node-1");

    /** By a binding of a namespace to a role that aggregates. */
    @Benchmark
    public Decision developer() {
        return authorizer.authorize(developer, getDeployment);
    }

    @Benchmark
    public Decision controller() {
        return authorizer.authorize(controller, createPod);
    }

    /** By the pod that names the secret. */
    @Benchmark
    public Decision node() {
        return authorizer.authorize(node, getSecret);
    }

    /** After all has been looked at. */
    @Benchmark
    public Decision refused() {
        return authorizer.authorize(developer, getNode);
    }
}
