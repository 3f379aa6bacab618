package dev.navarch.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * A workload of upstream's scheduler_perf (source: test/integration/scheduler_perf): objects that are there before, and
 * pods that are made and whose scheduling is measured.
 *
 * @param nodes how many there are unless the command line says otherwise
 * @param node the JSON of the node with that number
 * @param objects what else is made first: paths and bodies for each initial pod, and once
 * @param before pods that are made before, and awaited unless they are not to be scheduled
 * @param measured pods whose scheduling is measured
 * @param churn whether nodes, pods and services come and go beside
 */
record SchedulerWorkload(
        String name, int nodes, LongFunction<String> node, Batch before, Batch beside, Batch measured, boolean churn) {

    /**
     * Pods of one kind.
     *
     * @param awaited whether each gets a node
     * @param made what is made for each pod before it: bodies by path
     * @param pod JSON of the pod with that number
     */
    record Batch(int count, boolean awaited, LongFunction<Map<String, String>> made, LongFunction<String> pod) {
        static final Batch NONE = new Batch(0, false, _ -> Map.of(), _ -> "");

        Batch times(double factor) {
            return new Batch((int) Math.round(count * factor), awaited, made, pod);
        }
    }

    static final String PODS = "/api/v1/namespaces/perf/pods";
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
        all.add(of("PodAffinity", 5000, pods("init", 5000, with(true)), pods("pod", 5000, with(true))));
        all.add(of("PreferredPodAffinity", 5000, pods("init", 5000, with(false)), pods("pod", 5000, with(false))));
        all.add(of("PreferredPodAntiAffinity", 5000, pods("init", 5000, anti(false)), pods("pod", 5000, anti(false))));
        all.add(of("NodeAffinity", 5000, pods("init", 5000, zoned()), pods("pod", 10000, zoned())));
        all.add(of("TopologySpreading", 5000, basic("init", 5000), pods("pod", 5000, spread("DoNotSchedule"))));
        all.add(of(
                "PreferredTopologySpreading", 5000, basic("init", 5000), pods("pod", 5000, spread("ScheduleAnyway"))));
        all.add(of("PreemptionBasic", 5000, pods("low", 20000, of(0, 900)), pods("pod", 5000, of(10, 3000))));
        all.add(new SchedulerWorkload(
                "PreemptionAsync",
                5000,
                SchedulerWorkload::node,
                pods("low", 20000, of(0, 900)),
                pods("high", 5000, of(10, 3000)),
                basic("pod", 5000),
                false));
        all.add(of("Unschedulable", 5000, waiting("large", 200, of(0, 9000)), basic("pod", 10000)));
        all.add(new SchedulerWorkload(
                "MixedChurn", 5000, SchedulerWorkload::node, Batch.NONE, Batch.NONE, basic("pod", 10000), true));
        all.add(new SchedulerWorkload(
                "Daemonset",
                15000,
                number -> number == 0 ? node("scheduler-perf-node", "zone1", 90000, "400", "2Ti") : node(number),
                Batch.NONE,
                Batch.NONE,
                pods("pod", 30000, new Kind("daemon", "", DAEMON, "\"cpu\":\"1m\",\"memory\":\"1Mi\"")),
                false));
        all.add(of("Secrets", 5000, pods("init", 5000, secrets()), pods("pod", 5000, secrets())));
        all.add(of("InTreePVs", 5000, volumes("init", 1000, HOST_PATH), volumes("pod", 1000, HOST_PATH)));
        all.add(of("CSIPVs", 5000, volumes("init", 5000, CSI), volumes("pod", 1000, CSI)));
        all.add(of("Gated", 1000, waiting("gated", 10000, gated()), basic("pod", 10000)));
        all.add(mixed());
        return all;
    }

    private static SchedulerWorkload of(String name, int nodes, Batch before, Batch measured) {
        return new SchedulerWorkload(name, nodes, SchedulerWorkload::node, before, Batch.NONE, measured, false);
    }

    /** Some of each of the affinities before, and pods without any measured. */
    private static SchedulerWorkload mixed() {
        var kinds = List.of(new Kind("base", "", "", SMALL), with(true), anti(true), with(false), anti(false));
        LongFunction<String> pod = number -> {
            int kind = (int) (number % kinds.size());
            return pod("init-" + number, kinds.get(kind), false);
        };
        return of("MixedSchedulingBasePod", 5000, new Batch(10000, true, _ -> Map.of(), pod), basic("pod", 5000));
    }

    // Nodes

    private static String node(long number) {
        return node("node-" + number, "zone" + number % 3, 110, "4", "32Gi");
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
        return pods(prefix, count, new Kind("none", "", "", SMALL));
    }

    private static Batch pods(String prefix, int count, Kind kind) {
        return new Batch(count, true, _ -> Map.of(), number -> pod(prefix + "-" + number, kind, prefix.equals("pod")));
    }

    private static Batch waiting(String prefix, int count, Kind kind) {
        return new Batch(count, false, _ -> Map.of(), number -> pod(prefix + "-" + number, kind, false));
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
