package dev.navarch.benchmarks;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Json;
import dev.navarch.client.Kubeconfig;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import dev.navarch.time.SystemTime;
import io.netty.channel.Channel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * How many pods a second are scheduled, from the first request that creates one until a watch has seen the last one
 * bound: the workloads of upstream's scheduler_perf, on a real API server with its durable store and a scheduler, in
 * this process. Pods are made by 32 connections over TLS; nodes are objects that nobody stands behind.
 */
@Command(name = "scheduler-perf", mixinStandardHelpOptions = true)
public final class SchedulerPerf implements Callable<Integer> {
    private static final int CONNECTIONS = 32;

    /** The part of the time that they may be at work when they are said to rest. */
    private static final double COMPILERS_AT_REST = 0.2;

    @Parameters(arity = "0..*", description = "Workloads; default is SchedulingBasic. \"all\" runs them all.")
    List<String> workloads = List.of("SchedulingBasic");

    @Option(names = "--nodes", description = "Instead of the workload's.")
    int nodes;

    @Option(names = "--pods", description = "Measured pods, instead of the workload's.")
    int pods;

    @Option(names = "--scale", defaultValue = "1", description = "Factor on the pods that are there before.")
    double scale;

    @Option(
            names = "--warm-up",
            defaultValue = "5000",
            description =
                    "Pods scheduled and deleted before, again and again until the JVM's compilers rest; 0 for none.")
    int warmUp;

    @Option(names = "--rounds", defaultValue = "20", description = "How often at most.")
    int rounds;

    @Option(names = "--limit", defaultValue = "600", description = "Seconds for one workload.")
    int limit;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SchedulerPerf()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        var all = SchedulerWorkload.all();
        var chosen = workloads.contains("all") ? List.copyOf(all.keySet()) : workloads;
        int failures = 0;
        for (var name : chosen) {
            var workload = all.get(name);
            if (workload == null) {
                System.err.println("no workload " + name + "; there are " + all.keySet());
                return 2;
            }
            try {
                run(workload);
            } catch (IllegalStateException e) {
                System.err.println(name + ": " + e.getMessage());
                failures++;
            }
        }
        return failures;
    }

    private void run(SchedulerWorkload workload) throws Exception {
        var directory = Files.createTempDirectory("scheduler-perf");
        try (var cluster = cluster(directory);
                var time = new SystemTime()) {
            var access = Kubeconfig.read(cluster.adminKubeconfig()).access("navarch", directory, time);
            try (var transport = access.connect()) {
                var admin = new ApiClient(transport, "scheduler-perf");
                var requests = new Requests("127.0.0.1", token(admin));
                try (var load = new LoadClient(access.server(), requests, 1)) {
                    measure(workload, admin, requests, load);
                }
            }
        } finally {
            delete(directory);
        }
    }

    /** Its nodes take pods as soon as they are there: nobody would ever find them ready, as upstream's have it too. */
    private static Cluster cluster(Path directory) throws Exception {
        var untainted = new PluginSelection(Set.of(), Set.of("TaintNodesByCondition"));
        var config = ClusterConfig.simulated(directory, ClusterConfig.Components.SCHEDULER, 0)
                .withServer(server -> server.admission(AdmissionSettings.STANDARD.withPlugins(untainted)));
        return Cluster.start(config, Progress.silent());
    }

    /** Of a service account that may do everything. */
    private static String token(ApiClient admin) {
        post(admin, "/api/v1/namespaces", Requests.namespace("perf"));
        post(admin, "/api/v1/namespaces/perf/serviceaccounts", Requests.serviceAccount("default"));
        post(
                admin,
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRoleBinding\",\"metadata\":{\"name\":"
                        + "\"perf\"},\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\","
                        + "\"name\":\"cluster-admin\"},\"subjects\":[{\"kind\":\"ServiceAccount\",\"name\":\"default\","
                        + "\"namespace\":\"perf\"}]}");
        post(
                admin,
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                "{\"apiVersion\":\"scheduling.k8s.io/v1\",\"kind\":\"PriorityClass\",\"metadata\":{\"name\":\"high\"},"
                        + "\"value\":10}");
        return admin.raw(
                        "POST",
                        "/api/v1/namespaces/perf/serviceaccounts/default/token",
                        Json.mapper()
                                .readTree("{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\","
                                        + "\"spec\":{\"expirationSeconds\":86400}}"))
                .path("status")
                .path("token")
                .asString("");
    }

    private static void post(ApiClient client, String path, String body) {
        client.raw("POST", path, Json.mapper().readTree(body));
    }

    private void measure(SchedulerWorkload workload, ApiClient admin, Requests requests, LoadClient load)
            throws Exception {
        int nodeCount = nodes > 0 ? nodes : workload.nodes();
        var measured = pods > 0
                ? workload.measured().times((double) pods / workload.measured().count())
                : workload.measured();
        make(
                load,
                nodeCount,
                n -> requests.post("/api/v1/nodes", workload.node().apply(n)));
        for (var object : workload.objects()) {
            post(admin, object.path(), object.body());
        }
        warmUp(admin, requests, load);
        for (var batch : workload.before()) {
            var before = batch.times(scale);
            try (var bound = new Bound(load, requests, "measured=false")) {
                batch(load, requests, before);
                if (before.awaited()) {
                    bound.await(before.count(), limit);
                }
            }
        }
        extras(load, requests, measured);
        try (var bound = new Bound(load, requests, "measured=true");
                var _ = workload.beside()
                        .map(beside -> new SchedulerChurn(admin, beside))
                        .orElse(null)) {
            double cpuBefore = cpuSeconds();
            long start = System.nanoTime();
            make(
                    load,
                    measured.count(),
                    n -> requests.post(measured.path().apply(n), measured.pod().apply(n)));
            double created = seconds(start);
            bound.await(measured.count(), limit);
            double seconds = seconds(start);
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %6d nodes %6d pods: %7.0f pods/s (%.2f s, made after %.2f s, %.0f us of CPU a pod, %.0f MB)%n",
                    workload.name(),
                    nodeCount,
                    measured.count(),
                    measured.count() / seconds,
                    seconds,
                    created,
                    (cpuSeconds() - cpuBefore) / measured.count() * 1e6,
                    (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6);
        }
    }

    /** Lets the JVM's compilers see the paths before they are measured, as a scheduler that runs for a while has. */
    private void warmUp(ApiClient admin, Requests requests, LoadClient load) throws Exception {
        var pod = SchedulerWorkload.all()
                .get("SchedulingBasic")
                .before()
                .getFirst()
                .pod();
        var compilers = ManagementFactory.getCompilationMXBean();
        boolean rested = warmUp == 0;
        for (int round = 0; round < rounds && !rested; round++) {
            long start = System.nanoTime();
            long compiled = compilers.getTotalCompilationTime();
            try (var bound = new Bound(load, requests, "measured=false")) {
                make(load, warmUp, n -> requests.post(SchedulerWorkload.PODS, pod.apply(1_000_000 + n)));
                bound.await(warmUp, limit);
            }
            rested = (compilers.getTotalCompilationTime() - compiled) / 1000.0 < seconds(start) * COMPILERS_AT_REST;
            admin.raw("DELETE", SchedulerWorkload.PODS + "?gracePeriodSeconds=0", null);
            if (rested) {
                System.out.printf("warm after %d pods%n", (round + 1) * warmUp);
            }
        }
    }

    private void batch(LoadClient load, Requests requests, SchedulerWorkload.Batch batch) throws Exception {
        extras(load, requests, batch);
        make(
                load,
                batch.count(),
                n -> requests.post(batch.path().apply(n), batch.pod().apply(n)));
    }

    private static void extras(LoadClient load, Requests requests, SchedulerWorkload.Batch batch) throws Exception {
        for (var path : batch.made().apply(0).keySet()) {
            make(
                    load,
                    batch.count(),
                    n -> requests.post(path, batch.made().apply(n).get(path)));
        }
    }

    private static void make(LoadClient load, int count, java.util.function.LongFunction<byte[]> request)
            throws Exception {
        if (count == 0) {
            return;
        }
        var result = load.once(CONNECTIONS, count, request);
        if (result.failures() > 0) {
            throw new IllegalStateException(
                    result.failures() + " requests failed, the first with " + result.firstFailure());
        }
    }

    /** Counts the pods that get a node, by a watch. */
    private static final class Bound implements AutoCloseable {
        private final AtomicLong events = new AtomicLong();
        private final Channel channel;

        Bound(LoadClient load, Requests requests, String labels) throws InterruptedException {
            var opened = new CountDownLatch(1);
            channel = load.connect(new WatchConnection(
                    requests.get("/api/v1/pods?watch=true&fieldSelector=spec.nodeName!%3D&labelSelector="
                            + labels.replace("=", "%3D")
                            + "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=false"),
                    opened::countDown,
                    events));
            opened.await();
        }

        void await(int count, int limit) {
            long deadline = System.nanoTime() + limit * 1_000_000_000L;
            while (events.get() < count) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            events.get() + " of " + count + " pods have a node after " + limit + " s");
                }
                LockSupport.parkNanos(2_000_000);
            }
        }

        @Override
        public void close() throws InterruptedException {
            channel.close().sync();
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double cpuSeconds() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean
                ? bean.getProcessCpuTime() / 1e9
                : 0;
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
