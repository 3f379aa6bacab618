package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.User;
import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.WatchEvent;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * While a rolling update runs, half of all pods die at once, twice, some by deletion and some because their containers
 * end, and somebody keeps evicting: what the controllers take away leaves as many as must be available, what the budget
 * lets go leaves as many as it says, and no endpoint leads to a pod that is not ready.
 */
class HalfOfThePodsTest {
    private static final int REPLICAS = 8;
    private static final int AVAILABLE = 6;
    private static final int BUDGET = 5;
    private static final int STEPS = 25;

    private static EmbeddedCluster cluster;
    private static ApiClient admin;

    private final Set<String> ours = new HashSet<>();
    private final List<Blow> blows = new ArrayList<>();
    private String namespace;

    /** Between these versions the controllers have yet to learn that so many more are gone. */
    private record Blow(long from, long to, int lost) {}

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder().nodes(3).paused().seed(1).start();
        admin = cluster.asUser(new User("test", List.of(User.MASTERS, User.AUTHENTICATED)));
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theServiceStaysAvailable(long seed) throws InterruptedException {
        var random = new Random(seed);
        namespace = "run-" + seed;
        cluster.apply("""
                {apiVersion: v1, kind: Namespace, metadata: {name: NS}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: NS}
                spec: {selector: {app: web}, ports: [{port: 80}]}
                ---
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: web, namespace: NS}
                spec: {minAvailable: 5, selector: {matchLabels: {app: web}}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: NS}
                spec:
                  replicas: 8
                  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 3
                      containers:
                      - {name: c, image: "i:1", readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 2, periodSeconds: 1}}
                """.replace("NS", namespace));
        await(() -> isRolledOut());
        var before = admin.resource(Pod.class).list(ListQuery.inNamespace(namespace));
        admin.resource(Deployment.class)
                .patch(
                        namespace,
                        "web",
                        Patch.merge("{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"update\":\"2\"}}}}}"));
        int first = 1 + random.nextInt(5);
        int second = first + 1 + random.nextInt(8);
        for (int step = 0; step < STEPS; step++) {
            cluster.clock().advance(Duration.ofMillis(100 + random.nextInt(1500)));
            requireReadyEndpoints(seed);
            if (step == first || step == second) {
                killHalf(random);
            } else if (random.nextInt(3) == 0) {
                evict(random, seed);
            }
        }
        await(this::isRolledOut);
        requireReadyEndpoints(seed);
        replay(before.items(), before.resourceVersion(), seed);
    }

    private interface Condition {
        boolean holds();
    }

    private void await(Condition condition) {
        for (int i = 0; i < 300 && !condition.holds(); i++) {
            cluster.clock().advance(Duration.ofSeconds(1));
        }
        assertThat(condition.holds()).as(() -> cluster.recentEvents(namespace)).isTrue();
    }

    private boolean isRolledOut() {
        var deployment = admin.resource(Deployment.class).get(namespace, "web").orElseThrow();
        var status = deployment.getStatus();
        return deployment.getMetadata().getGeneration().equals(status.getObservedGeneration())
                && Integer.valueOf(REPLICAS).equals(status.getUpdatedReplicas())
                && Integer.valueOf(REPLICAS).equals(status.getAvailableReplicas())
                && pods().size() == REPLICAS;
    }

    private List<Pod> pods() {
        return admin.resource(Pod.class).list(ListQuery.inNamespace(namespace)).items();
    }

    private static boolean isReady(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    private void requireReadyEndpoints(long seed) {
        var ready = pods().stream()
                .filter(HalfOfThePodsTest::isReady)
                .map(p -> p.getMetadata().getName())
                .collect(Collectors.toSet());
        var shown = admin.resource(EndpointSlice.class).list(ListQuery.inNamespace(namespace)).items().stream()
                .flatMap(s -> s.getEndpoints().stream())
                .filter(e -> Boolean.TRUE.equals(e.getConditions().getReady()))
                .map(e -> e.getTargetRef().getName())
                .collect(Collectors.toSet());
        assertThat(shown).as("ready endpoints, seed " + seed).isEqualTo(ready);
    }

    private long revision() {
        return Long.parseLong(
                admin.resource(Pod.class).list(ListQuery.inNamespace(namespace)).resourceVersion());
    }

    private void killHalf(Random random) {
        var pods = new ArrayList<>(pods());
        Collections.shuffle(pods, random);
        var half = pods.subList(0, pods.size() / 2);
        long from = revision();
        int lost = (int) half.stream().filter(HalfOfThePodsTest::isReady).count();
        cluster.clock().still(() -> {
            for (var pod : half) {
                ours.add(pod.getMetadata().getUid());
                if (isReady(pod) && random.nextBoolean()) {
                    cluster.pod(namespace, pod.getMetadata().getName()).fail(1);
                } else {
                    admin.resource(Pod.class)
                            .delete(
                                    namespace,
                                    pod.getMetadata().getName(),
                                    DeleteOptions.none().grace(Duration.ZERO));
                }
            }
            return true;
        });
        cluster.awaitIdle();
        blows.add(new Blow(from, revision(), lost));
    }

    /** Whatever the budget lets go leaves as many ready as it says. */
    private void evict(Random random, long seed) {
        var pods = pods();
        var pod = pods.get(random.nextInt(pods.size()));
        var ready = pods.stream().filter(HalfOfThePodsTest::isReady).count();
        if (!isReady(pod)) {
            return;
        }
        long from = revision();
        try {
            cluster.pod(namespace, pod.getMetadata().getName()).evict();
        } catch (EmbeddedClusterException e) {
            return; // the budget does not allow it
        }
        assertThat(ready - 1).as("ready after an eviction, seed " + seed).isGreaterThanOrEqualTo(BUDGET);
        ours.add(pod.getMetadata().getUid());
        cluster.awaitIdle();
        blows.add(new Blow(from, revision(), 1));
    }

    /** Goes through all that happened: no ready pod that nobody but the controllers took away was one too many. */
    private void replay(List<Pod> begin, String version, long seed) throws InterruptedException {
        cluster.apply("""
                apiVersion: v1
                kind: Pod
                metadata: {name: the-end, namespace: NS}
                spec: {schedulingGates: [{name: example.com/never}], containers: [{name: c, image: i}]}
                """.replace("NS", namespace));
        Map<String, Pod> known = new HashMap<>();
        begin.forEach(p -> known.put(p.getMetadata().getUid(), p));
        int taken = 0;
        try (var events = admin.resource(Pod.class).watch(ListQuery.inNamespace(namespace), version)) {
            for (var event = events.next(); event != null; event = events.next()) {
                var now = switch (event) {
                    case WatchEvent.Added<Pod>(var pod) -> pod;
                    case WatchEvent.Modified<Pod>(var pod) -> pod;
                    case WatchEvent.Deleted<Pod>(var pod) -> pod;
                    case WatchEvent.Bookmark<Pod> _ -> null;
                };
                if (now == null) {
                    continue;
                }
                if (now.getMetadata().getName().equals("the-end")) {
                    break;
                }
                var uid = now.getMetadata().getUid();
                boolean gone = event instanceof WatchEvent.Deleted<Pod>;
                var before = gone ? known.remove(uid) : known.put(uid, now);
                if (before != null && isReady(before) && (gone || !isReady(now)) && !ours.contains(uid)) {
                    taken++;
                    long at = Long.parseLong(now.getMetadata().getResourceVersion());
                    long ready = known.values().stream()
                            .filter(HalfOfThePodsTest::isReady)
                            .count();
                    int unknown = blows.stream()
                            .filter(b -> b.from < at && at <= b.to)
                            .mapToInt(Blow::lost)
                            .sum();
                    assertThat(ready + unknown)
                            .as("ready when " + now.getMetadata().getName() + " was taken at " + at + ", seed " + seed)
                            .isGreaterThanOrEqualTo(AVAILABLE);
                }
            }
        }
        assertThat(taken).as("pods taken by the update, seed " + seed).isPositive();
    }
}
