package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Request;
import dev.navarch.client.Transport;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import dev.navarch.storage.file.FileStore;
import dev.navarch.time.SystemTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/**
 * What many custom resource definitions of the largest size cost: memory of an API server, the time until one is served,
 * discovery, and start. Then how much a custom resource costs beside a built-in one. Makes an API server in a temporary
 * directory, and starts it twice.
 */
@Command(name = "defined-kinds", mixinStandardHelpOptions = true)
public final class DefinedKinds implements Callable<Integer> {
    private static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private static final String AGGREGATED =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    private static final int WRITERS = 4;
    private static final int SAMPLES = 20;
    private static final int OBJECTS = 2_000;

    @Option(names = "--definitions", defaultValue = "1000")
    int definitions;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new DefinedKinds()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var directory = Files.createTempDirectory("defined-kinds");
        try {
            double empty = fill(directory.resolve("full"));
            started("with none", directory.resolve("none"));
            started("with none, again", directory.resolve("none"));
            restart(directory.resolve("full"), empty);
            return 0;
        } finally {
            Scratch.delete(directory);
        }
    }

    private static Cluster cluster(Path directory) throws Exception {
        return Cluster.start(
                ClusterConfig.simulated(directory, ClusterConfig.Components.APISERVER, 0), Progress.silent());
    }

    private static Transport connect(Cluster cluster, Path directory, SystemTime time) throws Exception {
        return Kubeconfig.read(cluster.adminKubeconfig())
                .access("navarch", directory, time)
                .connect();
    }

    /** Returns what a server without the definitions takes. */
    private double fill(Path directory) throws Exception {
        try (var cluster = cluster(directory);
                var time = new SystemTime();
                var transport = connect(cluster, directory, time)) {
            var client = new ApiClient(transport, "defined-kinds");
            discovery(transport, "before");
            double empty = Heap.used();
            System.out.printf(Locale.ROOT, "a definition has %,d bytes of JSON%n", new BigDefinition(0).bytes());
            define(client);
            try (var others = new OtherRequests(transport)) {
                latencies(client, transport);
                others.print();
            }
            discovery(transport, "after");
            System.out.printf(
                    Locale.ROOT,
                    "with the history of the last minutes: %.3f MB a definition%n",
                    (Heap.settled() - empty) / definitions / 1e6);
            return empty;
        }
    }

    private void define(ApiClient client) {
        long start = System.nanoTime();
        var next = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < WRITERS; i++) {
                threads.submit(() -> {
                    for (int n = next.getAndIncrement(); n < definitions; n = next.getAndIncrement()) {
                        client.raw("POST", DEFINITIONS, new BigDefinition(n).json());
                    }
                    return null;
                });
            }
        }
        System.out.printf(Locale.ROOT, "%d made in %.1f s%n", definitions, seconds(start));
        served(client, definitions - 1);
        System.out.printf(Locale.ROOT, "the last one served after %.1f s%n", seconds(start));
    }

    private static void served(ApiClient client, int number) {
        var path = new BigDefinition(number).objects();
        while (true) {
            try {
                client.raw(path);
                return;
            } catch (ApiFailure e) {
                if (!e.notFound()) {
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** From the create to the first list that is answered, and to the documents that have it. */
    private void latencies(ApiClient client, Transport transport) throws Exception {
        var creates = new double[SAMPLES];
        var until = new double[SAMPLES];
        var discovered = new double[SAMPLES];
        var documented = new double[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            int number = definitions + i;
            var json = new BigDefinition(number).json();
            long start = System.nanoTime();
            client.raw("POST", DEFINITIONS, json);
            creates[i] = seconds(start) * 1e3;
            served(client, number);
            until[i] = seconds(start) * 1e3;
            var definition = new BigDefinition(number);
            awaitText(transport, "/apis", AGGREGATED, '"' + definition.plural() + '"');
            discovered[i] = seconds(start) * 1e3;
            awaitText(
                    transport,
                    "/openapi/v3/apis/" + definition.group() + "/v1",
                    "application/json",
                    "namespaces/{namespace}/" + definition.plural());
            documented[i] = seconds(start) * 1e3;
        }
        System.out.printf(
                Locale.ROOT,
                "the first: create %.1f ms, served %.1f, in discovery %.1f, in OpenAPI %.1f%n",
                creates[0],
                until[0],
                discovered[0],
                documented[0]);
        print("create of one more, ms", creates);
        print("until it is served, ms", until);
        print("until it is in discovery, ms", discovered);
        print("until it is in OpenAPI, ms", documented);
        for (int i = 0; i < SAMPLES; i++) {
            client.raw("DELETE", DEFINITIONS + "/" + new BigDefinition(definitions + i).name(), null);
        }
    }

    private static void awaitText(Transport transport, String path, String accept, String text) throws Exception {
        var request = new Request("GET", path, Map.of("Accept", accept), new byte[0]);
        while (true) {
            try (var response = transport.send(request)) {
                if (new String(response.readAll(), StandardCharsets.UTF_8).contains(text)) {
                    return;
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** One request after the other, beside what is measured. */
    private static final class OtherRequests implements AutoCloseable {
        private final List<Double> taken = new ArrayList<>();
        private final Thread thread;
        private volatile boolean closed;

        OtherRequests(Transport transport) {
            thread = Thread.ofPlatform().start(() -> {
                var request = new Request("GET", "/api/v1/namespaces/default", Map.of(), new byte[0]);
                while (!closed) {
                    long start = System.nanoTime();
                    try (var response = transport.send(request)) {
                        response.readAll();
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    taken.add(seconds(start) * 1e3);
                    LockSupport.parkNanos(1_000_000);
                }
            });
        }

        void print() throws InterruptedException {
            close();
            DefinedKinds.print(
                    "GET of a namespace meanwhile, ms",
                    taken.stream().mapToDouble(Double::doubleValue).toArray());
        }

        @Override
        public void close() throws InterruptedException {
            closed = true;
            thread.join();
        }
    }

    private static void discovery(Transport transport, String when) throws Exception {
        timed(transport, when + ": discovery, first, ms", "/apis", AGGREGATED, 1);
        timed(transport, when + ": discovery, ms", "/apis", AGGREGATED, SAMPLES);
        timed(transport, when + ": index of OpenAPI, first, ms", "/openapi/v3", "application/json", 1);
        timed(transport, when + ": index of OpenAPI, ms", "/openapi/v3", "application/json", SAMPLES);
        timed(transport, when + ": GET of a namespace, ms", "/api/v1/namespaces/default", "application/json", 2_000);
    }

    private static void timed(Transport transport, String what, String path, String accept, int times)
            throws Exception {
        var taken = new double[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            try (var response = transport.send(new Request("GET", path, Map.of("Accept", accept), new byte[0]))) {
                response.readAll();
            }
            taken[i] = seconds(start) * 1e3;
        }
        print(what, taken);
    }

    private static void print(String what, double[] taken) {
        Arrays.sort(taken);
        System.out.printf(
                Locale.ROOT, "%s: p50 %.2f, most %.2f%n", what, taken[taken.length / 2], taken[taken.length - 1]);
    }

    private static void load(Path directory) throws IOException {
        long start = System.nanoTime();
        try (var time = new SystemTime();
                var _ = FileStore.open(directory.resolve("store"), time)) {
            System.out.printf(Locale.ROOT, "store loaded in %.2f s%n", seconds(start));
        }
    }

    private static void started(String how, Path directory) throws Exception {
        long start = System.nanoTime();
        try (var _ = cluster(directory)) {
            System.out.printf(Locale.ROOT, "server ready %s in %.2f s%n", how, seconds(start));
        }
    }

    private void restart(Path directory, double empty) throws Exception {
        load(directory);
        long start = System.nanoTime();
        try (var cluster = cluster(directory);
                var time = new SystemTime();
                var transport = connect(cluster, directory, time)) {
            System.out.printf(Locale.ROOT, "server ready again in %.2f s%n", seconds(start));
            discovery(transport, "again");
            double idle = Heap.settled() - empty;
            System.out.printf(Locale.ROOT, "%.3f MB a definition that is not used%n", idle / definitions / 1e6);
            var client = new ApiClient(transport, "defined-kinds");
            var custom = new BigDefinition(0);
            compare(client, "custom resources", custom.objects(), n -> object(custom, n));
            compare(client, "config maps", "/api/v1/namespaces/default/configmaps", DefinedKinds::configMap);
            compare(client, "custom resources, once more", custom.objects(), n -> object(custom, OBJECTS + n));
            compare(
                    client,
                    "config maps, once more",
                    "/api/v1/namespaces/default/configmaps",
                    n -> configMap(OBJECTS + n));
        }
    }

    private static ObjectNode named(String apiVersion, String kind, int number) {
        var object = Json.mapper().createObjectNode();
        object.put("apiVersion", apiVersion).put("kind", kind);
        object.putObject("metadata").put("name", "object-" + number);
        return object;
    }

    private static ObjectNode object(BigDefinition definition, int number) {
        var object = named(definition.group() + "/v1", "Kind0", number);
        object.putObject("spec")
                .putObject("podTemplate")
                .putObject("spec")
                .putArray("containers")
                .addObject()
                .put("name", "c")
                .put("image", "i".repeat(400));
        return object;
    }

    private static ObjectNode configMap(int number) {
        var object = named("v1", "ConfigMap", number);
        object.putObject("data").put("key", "i".repeat(440));
        return object;
    }

    private static void compare(ApiClient client, String what, String path, IntFunction<ObjectNode> maker) {
        long start = System.nanoTime();
        var last = maker.apply(0);
        for (int n = 0; n < OBJECTS; n++) {
            last = maker.apply(n);
            client.raw("POST", path, last);
        }
        double create = seconds(start) / OBJECTS * 1e3;
        var one = path + "/" + last.path("metadata").path("name").asString();
        int bytes = client.raw(one).toString().length();
        start = System.nanoTime();
        for (int n = 0; n < 5 * OBJECTS; n++) {
            client.raw(one);
        }
        double get = seconds(start) / OBJECTS / 5 * 1e3;
        client.raw(path + "?limit=500");
        start = System.nanoTime();
        for (int n = 0; n < SAMPLES; n++) {
            client.raw(path + "?limit=500");
        }
        System.out.printf(
                Locale.ROOT,
                "%s of %d bytes: create %.3f ms, GET %.3f ms, list of 500 %.1f ms%n",
                what,
                bytes,
                create,
                get,
                seconds(start) / SAMPLES * 1e3);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
