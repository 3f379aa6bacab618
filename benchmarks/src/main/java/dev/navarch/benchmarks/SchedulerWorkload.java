package dev.navarch.benchmarks;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;

/**
 * A workload of upstream's scheduler_perf (source: test/integration/scheduler_perf): objects that are there before, and
 * pods that are made and whose scheduling is measured.
 *
 * @param nodes how many there are unless the command line says otherwise
 * @param node the JSON of the node with that number
 * @param objects what else is made first, in order
 * @param before pods that are made before, and awaited unless they are not to be scheduled
 * @param measured pods whose scheduling is measured
 * @param beside what goes on meanwhile
 */
record SchedulerWorkload(
        String name,
        int nodes,
        LongFunction<String> node,
        List<Made> objects,
        List<Batch> before,
        Batch measured,
        Optional<Beside> beside) {

    /** An object: what is posted where. */
    record Made(String path, String body) {}

    /**
     * Pods of one kind.
     *
     * @param awaited whether each gets a node
     * @param made what is made for each pod before it: bodies by path
     * @param path where the pod with that number is posted
     * @param pod JSON of the pod with that number
     */
    record Batch(
            int count,
            boolean awaited,
            LongFunction<Map<String, String>> made,
            LongFunction<String> path,
            LongFunction<String> pod) {
        Batch times(double factor) {
            return new Batch((int) Math.round(count * factor), awaited, made, path, pod);
        }

        Batch at(LongFunction<String> elsewhere) {
            return new Batch(count, awaited, made, elsewhere, pod);
        }
    }

    /** What is done again and again while pods are measured, with the number of the time. */
    record Beside(Duration interval, BiConsumer<ApiClient, Long> action) {}

    static final String PODS = "/api/v1/namespaces/perf/pods";
    private static final int NAMESPACES = 100;
    private static final String SMALL = "\"cpu\":\"100m\",\"memory\":\"500Mi\"";

    static Map<String, SchedulerWorkload> all() {
        var all = new TreeMap<String, SchedulerWorkload>(String.CASE_INSENSITIVE_ORDER);
        for (var workload : list()) {
            all.put(workload.name, workload);
        }
        return all;
    }

    private static List<SchedulerWorkload> list() {
        var all = new ArrayList<SchedulerWorkload>();
        all.add(of("SchedulingBasic", 5000, basic("init", 1000), basic("pod", 10000)));
        all.add(of("PodAntiAffinity", 5000, pods("init", 1000, anti(true)), pods("pod", 2000, anti(true))));
        all.add(of("MatchingAntiAffinity", 5000, pods("init", 1000, anti(true)), pods("pod", 5000, plain("green"))));
        all.add(of("PodAffinity", 5000, pods("init", 5000, with(true)), pods("pod", 5000, with(true)))
                .with(SchedulerWorkload::inOneZone));
        all.add(of("PreferredPodAffinity", 5000, pods("init", 5000, with(false)), pods("pod", 5000, with(false))));
        all.add(of("PreferredPodAntiAffinity", 5000, pods("init", 5000, anti(false)), pods("pod", 5000, anti(false))));
        all.add(acrossNamespaces("RequiredAntiAffinityWithNSSelector", 6000, 4000, 2000, anti(true)));
        all.add(acrossNamespaces("PreferredAntiAffinityWithNSSelector", 5000, 4000, 2000, anti(false)));
        all.add(acrossNamespaces("RequiredAffinityWithNSSelector", 5000, 5000, 2000, with(true))
                .with(SchedulerWorkload::inOneZone));
        all.add(acrossNamespaces("PreferredAffinityWithNSSelector", 5000, 5000, 5000, with(false)));
        all.add(of("NodeAffinity", 5000, pods("init", 5000, zoned()), pods("pod", 10000, zoned())));
        all.add(of("TopologySpreading", 5000, basic("init", 5000), pods("pod", 5000, spread("DoNotSchedule"))));
        all.add(of(
                "PreferredTopologySpreading", 5000, basic("init", 5000), pods("pod", 5000, spread("ScheduleAnyway"))));
        all.add(of("DefaultTopologySpreading", 5000, basic("init", 5000), pods("pod", 10000, plain("served")))
                .with(List.of(new Made(
                        "/api/v1/namespaces/perf/services",
                        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"served\"},"
                                + "\"spec\":{\"selector\":{\"color\":\"served\"},\"ports\":[{\"port\":80}]}}"))));
        all.add(of("NodeInclusionPolicy", 5000, basic("init", 0), pods("pod", 4000, perUntaintedHost()))
                .with(SchedulerWorkload::everyFifthTainted));
        all.add(of("PreemptionBasic", 1000, pods("low", 4000, of(0, 900)), pods("pod", 1000, of(10, 3000))));
        all.add(of("PreemptionAsync", 5000, pods("low", 20000, of(0, 900)), basic("pod", 5000))
                .beside(200, (client, n) -> create(client, "high-" + n, of(10, 3000))));
        all.add(of("Unschedulable", 5000, basic("init", 100), basic("pod", 10000))
                .beside(200, (client, n) -> create(client, "large-" + n, of(10, 9000))));
        all.add(of("MixedChurn", 5000, basic("init", 0), basic("pod", 10000))
                .beside(1000, SchedulerWorkload::recreate));
        all.add(of(
                        "Daemonset",
                        15000,
                        basic("init", 0),
                        pods("pod", 30000, new Kind("daemon", "", DAEMON, "\"cpu\":\"1m\",\"memory\":\"1Mi\"")))
                .with(SchedulerWorkload::firstIsLarge));
        all.add(of("Secrets", 5000, pods("init", 1000, secrets()), pods("pod", 10000, secrets())));
        all.add(of("InTreePVs", 5000, volumes("init", 1000, HOST_PATH), volumes("pod", 2000, HOST_PATH)));
        all.add(of("CSIPVs", 5000, volumes("init", 5000, CSI), volumes("pod", 5000, CSI)));
        var light = new Kind("light", "", "", "\"cpu\":\"1m\",\"memory\":\"1Mi\"");
        all.add(of("Gated", 1, pods("gone", 20000, light), pods("pod", 20000, light))
                .with(SchedulerWorkload::firstIsLarge)
                .after(waiting("gated", 10000, gated()))
                .beside(20, (client, n) -> delete(client, "gone-" + n)));
        all.add(of("DeletedPodsWithFinalizers", 5000, held(5000, light), pods("pod", 5000, light))
                .beside(10, (client, n) -> delete(client, "held-" + n)));
        all.add(of("ExtendedResource", 5000, basic("init", 0), pods("pod", 5000, accelerated()))
                .with(SchedulerWorkload::accelerated));
        all.add(mixed());
        return all;
    }

    private static SchedulerWorkload of(String name, int nodes, Batch before, Batch measured) {
        return new SchedulerWorkload(
                name, nodes, SchedulerWorkload::node, List.of(), List.of(before), measured, Optional.empty());
    }

    private SchedulerWorkload with(LongFunction<String> others) {
        return new SchedulerWorkload(name, nodes, others, objects, before, measured, beside);
    }

    private SchedulerWorkload with(List<Made> first) {
        return new SchedulerWorkload(name, nodes, node, first, before, measured, beside);
    }

    private SchedulerWorkload after(Batch first) {
        return new SchedulerWorkload(name, nodes, node, objects, List.of(first, before.getFirst()), measured, beside);
    }

    private SchedulerWorkload beside(int millis, BiConsumer<ApiClient, Long> action) {
        var interval = Duration.ofMillis(millis);
        return new SchedulerWorkload(
                name, nodes, node, objects, before, measured, Optional.of(new Beside(interval, action)));
    }

    /** Some of each of the affinities before, and pods without any measured. */
    private static SchedulerWorkload mixed() {
        var kinds = List.of(plain("base"), with(true), anti(true), with(false), anti(false));
        LongFunction<String> pod = number -> {
            int kind = (int) (number % kinds.size());
            return pod("init-" + number, kinds.get(kind), false);
        };
        return of(
                "MixedSchedulingBasePod",
                5000,
                new Batch(10000, true, _ -> Map.of(), _ -> PODS, pod),
                basic("pod", 5000));
    }

    /** The pods before are in a hundred namespaces, which the terms select by a label. */
    private static SchedulerWorkload acrossNamespaces(String name, int nodes, int before, int measured, Kind kind) {
        var anywhere = new Kind(
                kind.color,
                "",
                kind.spec.replace(
                        "\"topologyKey\"",
                        "\"namespaceSelector\":{\"matchLabels\":{\"team\":\"devops\"}},\"topologyKey\""),
                kind.requests);
        var objects = new ArrayList<Made>();
        for (int i = 0; i < NAMESPACES; i++) {
            objects.add(new Made(
                    "/api/v1/namespaces",
                    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"init-" + i
                            + "\",\"labels\":{\"team\":\"devops\"}}}"));
            objects.add(new Made(
                    "/api/v1/namespaces/init-" + i + "/serviceaccounts",
                    "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"default\"}}"));
        }
        return of(
                        name,
                        nodes,
                        pods("init", before, anywhere)
                                .at(number -> "/api/v1/namespaces/init-" + number % NAMESPACES + "/pods"),
                        pods("pod", measured, anywhere))
                .with(objects);
    }

    // Beside

    private static void create(ApiClient client, String name, Kind kind) {
        client.raw("POST", PODS, Json.mapper().readTree(pod(name, kind, false)));
    }

    private static void delete(ApiClient client, String name) {
        try {
            client.raw("DELETE", PODS + "/" + name + "?gracePeriodSeconds=0", null);
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    /** A node, a pod that fits nowhere and a service come in turn, and go when the next comes. */
    private static void recreate(ApiClient client, long round) {
        var made = List.of(
                new Made(
                        "/api/v1/nodes",
                        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"churn\"},\"status\":"
                                + "{\"allocatable\":{\"pods\":\"1\",\"cpu\":\"1m\"}}}"),
                new Made(PODS, pod("churn", of(10, 9000), false)),
                new Made(
                        "/api/v1/namespaces/perf/services",
                        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"churn\"},"
                                + "\"spec\":{\"selector\":{\"app\":\"churn\"},\"ports\":[{\"port\":80}]}}"));
        if (round > 0) {
            var last = made.get((int) ((round - 1) % made.size()));
            client.raw("DELETE", last.path + "/churn?gracePeriodSeconds=0", null);
        }
        var next = made.get((int) (round % made.size()));
        client.raw("POST", next.path, Json.mapper().readTree(next.body));
    }

    // Nodes

    private static String node(long number) {
        return node("node-" + number, "zone" + number % 3, 110, "4", "32Gi");
    }

    private static String inOneZone(long number) {
        return node("node-" + number, "zone1", 110, "4", "32Gi");
    }

    private static String firstIsLarge(long number) {
        return number == 0 ? node("scheduler-perf-node", "zone1", 90000, "4000", "20Ti") : node(number);
    }

    private static String everyFifthTainted(long number) {
        return number % 5 > 0
                ? node(number)
                : node(number)
                        .replace("\"spec\":{}", "\"spec\":{\"taints\":[{\"key\":\"foo\",\"effect\":\"NoSchedule\"}]}");
    }

    private static String accelerated(long number) {
        return node(number).replace("\"pods\":", "\"foo.com/bar\":\"4\",\"pods\":");
    }

    private static String node(String name, String zone, int pods, String cpu, String memory) {
        var amounts =
                String.format(Locale.ROOT, "{\"pods\":\"%d\",\"cpu\":\"%s\",\"memory\":\"%s\"}", pods, cpu, memory);
        return "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"" + name
                + "\",\"labels\":{\"kubernetes.io/hostname\":\"" + name + "\",\"topology.kubernetes.io/zone\":\"" + zone
                + "\"}},\"spec\":{},\"status\":{\"capacity\":" + amounts + ",\"allocatable\":" + amounts
                + ",\"phase\":\"Running\",\"conditions\":[{\"status\":\"True\",\"type\":\"Ready\"}]}}";
    }

    // Pods

    /** What pods of a kind have beyond the common: their color, fields of the spec, requests. */
    private record Kind(String color, String priority, String spec, String requests) {}

    private static final String DAEMON =
            "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
                    + "\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\","
                    + "\"values\":[\"scheduler-perf-node\"]}]}]}}},";
    private static final String HOST_PATH = "\"awsElasticBlockStore\":{\"volumeID\":\"%s\"}";
    private static final String CSI = "\"csi\":{\"driver\":\"ebs.csi.aws.com\",\"volumeHandle\":\"%s\"}";

    private static Batch basic(String prefix, int count) {
        return pods(prefix, count, plain("none"));
    }

    private static Kind plain(String color) {
        return new Kind(color, "", "", SMALL);
    }

    private static Kind accelerated() {
        return new Kind("none", "", "", SMALL + ",\"foo.com/bar\":\"1\"");
    }

    private static Kind perUntaintedHost() {
        return new Kind(
                "blue",
                "",
                "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"kubernetes.io/hostname\","
                        + "\"whenUnsatisfiable\":\"DoNotSchedule\",\"nodeAffinityPolicy\":\"Honor\",\"nodeTaintsPolicy\":"
                        + "\"Honor\",\"labelSelector\":{\"matchLabels\":{\"color\":\"blue\"}}}],",
                SMALL);
    }

    private static Batch pods(String prefix, int count, Kind kind) {
        return new Batch(
                count,
                true,
                _ -> Map.of(),
                _ -> PODS,
                number -> pod(prefix + "-" + number, kind, prefix.equals("pod")));
    }

    private static Batch waiting(String prefix, int count, Kind kind) {
        return new Batch(count, false, _ -> Map.of(), _ -> PODS, number -> pod(prefix + "-" + number, kind, false));
    }

    /** Once they are deleted they stay until somebody takes their finalizer away, which nobody does. */
    private static Batch held(int count, Kind kind) {
        return new Batch(
                count,
                false,
                _ -> Map.of(),
                _ -> PODS,
                number -> pod("held-" + number, kind, false)
                        .replaceFirst("\"labels\"", "\"finalizers\":[\"example.com/held\"],\"labels\""));
    }

    /** Nobody runs them, so that they are gone as soon as they are preempted. */
    private static Kind of(int priority, int cpuMillis) {
        return new Kind(
                "none",
                priority == 0 ? "" : "\"priorityClassName\":\"high\",",
                "\"terminationGracePeriodSeconds\":0,",
                "\"cpu\":\"" + cpuMillis + "m\",\"memory\":\"500Mi\"");
    }

    private static String term(String color, String key) {
        return "{\"labelSelector\":{\"matchLabels\":{\"color\":\"" + color + "\"}},\"topologyKey\":\"" + key + "\"}";
    }

    private static Kind anti(boolean required) {
        var color = required ? "green" : "yellow";
        return new Kind(
                color,
                "",
                "\"affinity\":{\"podAntiAffinity\":{" + terms(required, term(color, "kubernetes.io/hostname")) + "}},",
                SMALL);
    }

    private static Kind with(boolean required) {
        var color = required ? "blue" : "red";
        var key = required ? "topology.kubernetes.io/zone" : "kubernetes.io/hostname";
        return new Kind(
                color, "", "\"affinity\":{\"podAffinity\":{" + terms(required, term(color, key)) + "}},", SMALL);
    }

    private static String terms(boolean required, String term) {
        return required
                ? "\"requiredDuringSchedulingIgnoredDuringExecution\":[" + term + "]"
                : "\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":1,\"podAffinityTerm\":" + term
                        + "}]";
    }

    private static Kind zoned() {
        return new Kind(
                "none",
                "",
                "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":["
                        + "{\"matchExpressions\":[{\"key\":\"topology.kubernetes.io/zone\",\"operator\":\"In\","
                        + "\"values\":[\"zone1\",\"zone2\"]}]}]}}},",
                SMALL);
    }

    private static Kind spread(String otherwise) {
        return new Kind(
                "blue",
                "",
                "\"topologySpreadConstraints\":[{\"maxSkew\":5,\"topologyKey\":\"topology.kubernetes.io/zone\","
                        + "\"whenUnsatisfiable\":\"" + otherwise
                        + "\",\"labelSelector\":{\"matchLabels\":{\"color\":\"blue\"}}}],",
                SMALL);
    }

    private static Kind gated() {
        return new Kind("none", "", "\"schedulingGates\":[{\"name\":\"example.com/wait\"}],", SMALL);
    }

    private static Kind secrets() {
        return new Kind(
                "none", "", "\"volumes\":[{\"name\":\"secret\",\"secret\":{\"secretName\":\"secret\"}}],", SMALL);
    }

    /** Each pod with a claim and a volume of its own, which are bound to each other. */
    private static Batch volumes(String prefix, int count, String source) {
        return new Batch(
                count,
                true,
                number -> bound(prefix + "-" + number, source),
                _ -> PODS,
                number -> pod(
                        prefix + "-" + number,
                        new Kind(
                                "none",
                                "",
                                "\"volumes\":[{\"name\":\"data\",\"persistentVolumeClaim\":{\"claimName\":\"" + prefix
                                        + "-" + number + "\"}}],",
                                SMALL),
                        prefix.equals("pod")));
    }

    private static Map<String, String> bound(String name, String source) {
        var made = new TreeMap<String, String>();
        made.put(
                "/api/v1/persistentvolumes",
                "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"" + name
                        + "\",\"annotations\":{\"pv.kubernetes.io/bound-by-controller\":\"true\"}},\"spec\":{"
                        + "\"accessModes\":[\"ReadOnlyMany\"],\"capacity\":{\"storage\":\"1Gi\"},"
                        + "\"persistentVolumeReclaimPolicy\":\"Retain\"," + String.format(Locale.ROOT, source, name)
                        + ",\"claimRef\":{\"kind\":\"PersistentVolumeClaim\",\"namespace\":\"perf\",\"name\":\"" + name
                        + "\"}}}");
        made.put(
                "/api/v1/namespaces/perf/persistentvolumeclaims",
                "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolumeClaim\",\"metadata\":{\"name\":\"" + name
                        + "\",\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"true\"}},\"spec\":{"
                        + "\"accessModes\":[\"ReadOnlyMany\"],\"storageClassName\":\"\",\"volumeName\":\"" + name
                        + "\",\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}");
        return made;
    }

    private static String pod(String name, Kind kind, boolean measured) {
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + name
                + "\",\"labels\":{\"color\":\""
                + kind.color + "\",\"measured\":\"" + measured + "\"}},\"spec\":{" + kind.priority + kind.spec
                + "\"containers\":[{\"name\":\"pause\",\"image\":\"registry.k8s.io/pause:3.10\",\"ports\":["
                + "{\"containerPort\":80}],\"resources\":{\"limits\":{" + kind.requests + "},\"requests\":{"
                + kind.requests + "}}}]}}";
    }
}
