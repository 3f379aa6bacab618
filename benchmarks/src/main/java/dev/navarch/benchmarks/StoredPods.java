package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Json;
import dev.navarch.client.Kubeconfig;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.file.FileStore;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.management.ObjectName;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What many stored pods cost: memory of the store alone and of a whole cluster with all its components, and the time to
 * load them at start. Makes a cluster in a temporary directory, and stops it twice.
 */
@Command(name = "stored-pods", mixinStandardHelpOptions = true)
public final class StoredPods implements Callable<Integer> {
    private static final String NAMESPACE = "stored";
    private static final String PREFIX = "/registry/core/pods/" + NAMESPACE + "/";
    private static final int WRITERS = 32;

    @Option(names = "--pods", defaultValue = "100000")
    int pods;

    @Option(names = "--padding", defaultValue = "300", description = "Bytes of annotation.")
    int padding;

    @Option(names = "--histogram", defaultValue = "0", description = "So many classes that hold the most, at the end.")
    int histogram;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new StoredPods()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var directory = Files.createTempDirectory("stored-pods");
        try {
            double empty = fill(directory);
            double bytes = store(directory);
            start(directory, empty, bytes);
            return 0;
        } finally {
            Scratch.delete(directory);
        }
    }

    private static Cluster cluster(Path directory) throws Exception {
        return Cluster.start(ClusterConfig.simulated(directory, 0), Progress.silent());
    }

    /** Returns what a cluster without the pods takes. */
    private double fill(Path directory) throws Exception {
        try (var cluster = cluster(directory);
                var time = new SystemTime();
                var transport = Kubeconfig.read(cluster.adminKubeconfig())
                        .access("navarch", directory, time)
                        .connect();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var client = new ApiClient(transport, "stored-pods");
            client.resource(Namespace.class)
                    .create(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(NAMESPACE)
                            .endMetadata()
                            .build());
            while (client.resource(ServiceAccount.class)
                    .get(NAMESPACE, "default")
                    .isEmpty()) {
                LockSupport.parkNanos(10_000_000);
            }
            double empty = Heap.used();
            long start = System.nanoTime();
            var next = new AtomicInteger();
            for (int i = 0; i < WRITERS; i++) {
                threads.submit(() -> {
                    for (int n = next.getAndIncrement(); n < pods; n = next.getAndIncrement()) {
                        create(client, n);
                    }
                    return null;
                });
            }
            threads.close();
            System.out.printf(Locale.ROOT, "%d pods made in %.1f s%n", pods, seconds(start));
            print("cluster, with the history of the last minutes", (Heap.used() - empty) / pods, 0);
            return empty;
        }
    }

    private void create(ApiClient client, int number) {
        client.raw(
                "POST",
                "/api/v1/namespaces/" + NAMESPACE + "/pods",
                Json.mapper().readTree(Requests.pod("pod-" + number, padding)));
    }

    /** Returns the bytes of JSON a pod. */
    private double store(Path directory) throws IOException {
        load(directory);
        double before = Heap.settled();
        try (var time = new SystemTime();
                var store = FileStore.open(directory.resolve("store"), time)) {
            double used = Heap.used() - before;
            var entries = store.range(Range.all(PREFIX)).entries();
            double json =
                    entries.stream().mapToLong(e -> e.value().length).average().orElseThrow();
            System.out.printf(
                    Locale.ROOT, "%d pods of %.0f bytes of JSON, such as%n%s%n", entries.size(), json, first(entries));
            print("store", used / pods, json);
            return json;
        }
    }

    /** A method of its own, since a frame holds on to what it has closed. */
    private static void load(Path directory) throws IOException {
        long start = System.nanoTime();
        try (var time = new SystemTime();
                var _ = FileStore.open(directory.resolve("store"), time)) {
            System.out.printf(Locale.ROOT, "store loaded in %.2f s%n", seconds(start));
        }
    }

    private static String first(List<Entry> entries) {
        var text = new String(entries.getFirst().value(), StandardCharsets.UTF_8);
        return text.substring(0, Math.min(200, text.length())) + "...";
    }

    private void start(Path directory, double empty, double json) throws Exception {
        long start = System.nanoTime();
        try (var _ = cluster(directory)) {
            System.out.printf(Locale.ROOT, "cluster ready in %.2f s%n", seconds(start));
            print("cluster", (Heap.settled() - empty) / pods, json);
            if (histogram > 0) {
                classes().lines().limit(histogram + 3L).forEach(System.out::println);
            }
        }
    }

    /** The live objects by class, as {@code jcmd PID GC.class_histogram} prints them. */
    private static String classes() throws Exception {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
    }

    private static void print(String what, double bytes, double json) {
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f bytes a pod%s%n",
                what,
                bytes,
                json == 0 ? "" : String.format(Locale.ROOT, ", %.2f times its JSON", bytes / json));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
