package dev.navarch.benchmarks;

import dev.navarch.api.Catalogue;
import dev.navarch.apiserver.registry.Objects;
import dev.navarch.apiserver.registry.RegistryConfig;
import dev.navarch.apiserver.registry.ResourceRegistry;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import dev.navarch.cel.Budget;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.Expression;
import dev.navarch.cel.ValueType;
import dev.navarch.cel.Values;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import tools.jackson.databind.json.JsonMapper;

/** What admission policies add to a write, and what one evaluation of a usual expression costs. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class PolicyBenchmark {
    private static final String RULE = "object.spec.containers.all(c, c.image.startsWith('registry.example.com/'))"
            + " || object.metadata.labels['app'] == 'benchmark' || size(object.spec.containers) < 10";

    /** A registry over a store in memory. */
    @State(Scope.Thread)
    public static class Server {
        /** What policies there are: none, ten for another resource, one or ten that match. */
        @Param({"none", "others", "one", "ten"})
        public String policies;

        private final MemoryStore store = new MemoryStore(new SystemTime());
        private ResourceRegistry registry;
        private byte[] pod;

        @Setup
        public void start() throws InterruptedException {
            var catalogue = Catalogue.builtIn();
            registry = new ResourceRegistry(
                    RegistryConfig.standard(),
                    catalogue,
                    new Objects(store, catalogue),
                    Map.of(),
                    (_, _) -> Decision.allow(""),
                    List.of(),
                    new SystemTime(),
                    new Random(7));
            registry.start();
            post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}");
            int count = policies.equals("none") ? 0 : policies.equals("one") ? 1 : 10;
            for (int i = 0; i < count; i++) {
                policy("p" + i, policies.equals("others") ? "services" : "pods");
            }
            pod = Requests.pod("benchmark", 300).getBytes(StandardCharsets.UTF_8);
        }

        private void policy(String name, String resource) throws InterruptedException {
            var group = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
            post(
                    group + "ies",
                    "{\"metadata\":{\"name\":\"" + name
                            + "\"},\"spec\":{\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],"
                            + "\"apiVersions\":[\"v1\"],\"operations\":[\"CREATE\"],\"resources\":[\"" + resource
                            + "\"]}]},\"validations\":[{\"expression\":\"" + RULE + "\"}]}}");
            post(
                    group + "ybindings",
                    "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"policyName\":\"" + name
                            + "\",\"validationActions\":[\"Deny\"]}}");
        }

        private void post(String path, String body) throws InterruptedException {
            post(path, body.getBytes(StandardCharsets.UTF_8), Query.EMPTY);
        }

        ApiResponse post(String path, byte[] body, Query query) throws InterruptedException {
            return registry.handle(new ApiRequest(
                    "POST",
                    path,
                    query,
                    Headers.EMPTY,
                    body,
                    new User("benchmark", List.of(User.MASTERS)),
                    RequestInfoParser.parse("POST", path, query),
                    "benchmark"));
        }

        @TearDown
        public void stop() {
            registry.close();
            store.close();
        }
    }

    /** One expression over one pod. */
    @State(Scope.Thread)
    public static class Evaluated {
        private Expression expression;
        private Object pod;

        @Setup
        public void compile() throws CelFailure {
            expression = new CelEnvironment(Map.of("object", ValueType.DYN)).condition(RULE);
            pod = Values.of(JsonMapper.shared().readTree(Requests.pod("benchmark", 300)));
        }
    }

    /** Creates a pod, all but the writing. */
    @Benchmark
    public ApiResponse create(Server server) throws InterruptedException {
        return server.post("/api/v1/namespaces/default/pods", server.pod, Query.parse("dryRun=All"));
    }

    @Benchmark
    public Object evaluate(Evaluated evaluated) throws CelFailure {
        return evaluated.expression.evaluate(
                name -> name.equals("object") ? evaluated.pod : null, new Budget(1_000_000));
    }
}
