package dev.navarch.embedded.faults;

import static dev.navarch.embedded.faults.WorkloadScenarios.isActive;
import static dev.navarch.embedded.faults.WorkloadScenarios.isReady;
import static dev.navarch.embedded.faults.WorkloadScenarios.orZero;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.controllers.ControllerSettings;
import dev.navarch.embedded.BareServer;
import dev.navarch.embedded.faults.Trial.Plan;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All controllers in one process work on a Deployment, a StatefulSet, a DaemonSet, a Job and a Service while the process
 * dies at random writes, answers are lost, events come late, twice, out of order or only by a list, and pods go: no rule is
 * ever broken, and what was declared is what runs in the end. {@code -Drough.seeds} asks for more than the few of each
 * build; a failure names its seed.
 */
class RoughWeatherTest {
    private static final int SEEDS = Integer.getInteger("rough.seeds", 2);
    private static final String WORKLOAD = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: default}
            ---
            apiVersion: v1
            kind: Node
            metadata: {name: n1}
            status:
              conditions: [{type: Ready, status: "True", reason: KubeletReady, lastHeartbeatTime: "2026-01-01T00:00:00Z"}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3
              strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {tolerations: [{operator: Exists}], containers: [{name: c, image: "i:1"}]}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              replicas: 2
              serviceName: db
              selector: {matchLabels: {app: db}}
              template:
                metadata: {labels: {app: db}}
                spec: {tolerations: [{operator: Exists}], containers: [{name: c, image: "i:1"}]}
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              selector: {matchLabels: {app: agent}}
              template:
                metadata: {labels: {app: agent}}
                spec: {tolerations: [{operator: Exists}], containers: [{name: c, image: "i:1"}]}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: once}
            spec:
              completions: 3
              parallelism: 2
              completionMode: Indexed
              backoffLimit: 50
              template:
                metadata: {labels: {app: once}}
                spec: {restartPolicy: Never, tolerations: [{operator: Exists}], containers: [{name: c, image: "i:1"}]}
            """;

    private static final String READY = """
            {"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}""";

    private static BareServer server;
    private static ControllerSettings settings;

    @BeforeAll
    static void start() throws Exception {
        server = new BareServer();
        settings = ControllerSettings.upstream(server.authority()).withSigner(server.signer());
        server.awaitRest();
        server.keep();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static List<Plan> plans() {
        var blows = Fault.Blow.values();
        return IntStream.rangeClosed(1, SEEDS)
                .mapToObj(seed -> new Plan(new Fault(3 + 5 * seed, blows[seed % blows.length]), true, seed))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("plans")
    void whatWasDeclaredIsWhatRunsInTheEnd(Plan plan) {
        new Trial(server, settings, scenario(), plan).run();
    }

    private static Scenario scenario() {
        return Scenario.ofAll("mixed workload")
                .with(RoughWeatherTest::keepNode)
                .with(World::losePods)
                .with(w -> w.runPods(pod -> of("once", pod) ? Optional.of("Succeeded") : Optional.empty()))
                .then("all of it runs", WORKLOAD, w -> runs(w, 3, "i:1") && isDone(w))
                .then("another image", RoughWeatherTest::roll, w -> runs(w, 3, "i:2") && isDone(w))
                .then(
                        "fewer",
                        w -> w.patch(Deployment.class, "web", "{\"spec\":{\"replicas\":2}}"),
                        w -> runs(w, 2, "i:2") && isDone(w) && leadsToReadyPods(w))
                .resting(Duration.ofSeconds(5)) // there is no rest longer than a node's silence
                .always("an ordinal is one pod's", w -> {
                    var names = w.pods().stream()
                            .filter(pod -> of("db", pod))
                            .map(pod -> pod.getMetadata().getName())
                            .toList();
                    assertThat(names).isSubsetOf("db-0", "db-1").doesNotHaveDuplicates();
                })
                .always(
                        "no more succeeded than were to",
                        w -> assertThat(w.find(Job.class, "once")
                                        .map(job -> orZero(job.getStatus().getSucceeded()))
                                        .orElse(0))
                                .isLessThanOrEqualTo(3));
    }

    private static boolean of(String app, Pod pod) {
        return app.equals(pod.getMetadata().getLabels().get("app"));
    }

    /** The node is alive, and so are its pods, whatever somebody thought who has not heard of it for long. */
    private static void keepNode(World world) {
        var now = world.now().truncatedTo(ChronoUnit.SECONDS);
        var node = world.find(Node.class, "n1");
        if (node.isEmpty()) {
            return;
        }
        var lease = world.admin().resource(Lease.class).get("kube-node-lease", "n1");
        if (lease.filter(l -> Duration.between(l.getSpec().getRenewTime().toInstant(), now)
                                .toSeconds()
                        < 10)
                .isEmpty()) {
            world.apply("""
                    apiVersion: coordination.k8s.io/v1
                    kind: Lease
                    metadata: {name: n1, namespace: kube-node-lease}
                    spec: {holderIdentity: n1, leaseDurationSeconds: 40, renewTime: "%s"}
                    """.formatted(now.toString().replace("Z", ".000000Z")));
        }
        if (node.get().getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Ready") && !c.getStatus().equals("True"))) {
            world.patchStatus(Node.class, "n1", READY);
        }
        world.pods().stream()
                .filter(pod -> isActive(pod) && pod.getStatus().getPhase().equals("Running") && !isReady(pod))
                .forEach(pod -> world.patchStatus(Pod.class, pod.getMetadata().getName(), READY));
    }

    private static void roll(World world) {
        var image = "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:2\"}]}}}}";
        world.patch(Deployment.class, "web", image);
        world.patch(StatefulSet.class, "db", image);
        world.patch(DaemonSet.class, "agent", image);
    }

    private static boolean runs(World world, int web, String image) {
        return all(world, "web", image, web)
                && all(world, "db", image, 2)
                && all(world, "agent", image, 1)
                && world.is(
                        Deployment.class,
                        "web",
                        d -> orZero(d.getStatus().getAvailableReplicas()) == web
                                && orZero(d.getStatus().getUpdatedReplicas()) == web);
    }

    private static boolean all(World world, String app, String image, int count) {
        var pods = world.pods().stream().filter(pod -> of(app, pod)).toList();
        return pods.size() == count
                && pods.stream()
                        .allMatch(pod -> isReady(pod)
                                && image.equals(
                                        pod.getSpec().getContainers().getFirst().getImage()));
    }

    private static boolean isDone(World world) {
        return world.is(Job.class, "once", job -> orZero(job.getStatus().getSucceeded()) == 3)
                && world.pods().stream().noneMatch(pod -> of("once", pod) && isActive(pod));
    }

    private static boolean leadsToReadyPods(World world) {
        var ready = new HashSet<String>();
        world.pods().stream()
                .filter(pod -> of("web", pod) && isReady(pod))
                .forEach(pod -> ready.add(pod.getStatus().getPodIP()));
        var led = new HashSet<String>();
        world.all(EndpointSlice.class).stream()
                .filter(slice -> slice.getMetadata().getName().startsWith("web-"))
                .flatMap(slice -> slice.getEndpoints().stream())
                .filter(endpoint -> Boolean.TRUE.equals(endpoint.getConditions().getReady()))
                .forEach(endpoint -> led.addAll(endpoint.getAddresses()));
        return led.equals(ready);
    }
}
