package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.ListQuery;
import dev.navarch.client.ObjectList;
import dev.navarch.client.Patch;
import dev.navarch.client.WatchEvent;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One rollout comes upon the other, in the midst of it or when it is stuck, to new templates and to old ones: at no
 * revision are the sets to have more pods, all in all, than the surge allows.
 */
class RolloversTest {
    private static final int ROLLOUTS = 12;

    private static EmbeddedCluster cluster;
    private static ApiClient admin;

    private String namespace;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.builder().paused().seed(1).start();
        admin = Workloads.admin(cluster);
    }

    @AfterAll
    static void close() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theSurgeIsKeptAtEveryRevision(long seed) throws InterruptedException {
        var random = new Random(seed);
        namespace = "run-" + seed;
        int replicas = 1 + random.nextInt(6);
        int surge = random.nextInt(3);
        int unavailable = surge == 0 ? 1 : random.nextInt(2);
        cluster.apply("""
                {apiVersion: v1, kind: Namespace, metadata: {name: NS}}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: NS}
                spec:
                  replicas: %d
                  minReadySeconds: 1
                  strategy: {rollingUpdate: {maxSurge: %d, maxUnavailable: %d}}
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [{name: c, image: "i:0"}]
                """.formatted(replicas, surge, unavailable).replace("NS", namespace));
        var start = admin.resource(ReplicaSet.class).list(ListQuery.inNamespace(namespace));
        for (int i = 0; i < ROLLOUTS; i++) {
            if (random.nextBoolean()) {
                cluster.clock().advance(Duration.ofMillis(random.nextInt(3000)));
            } else if (random.nextBoolean()) {
                cluster.awaitIdle();
            } // else at once
            roll(random.nextInt(4), random.nextInt(3) == 0);
        }
        roll(9, false);
        for (int i = 0; i < 100 && !isRolledOut(); i++) {
            cluster.clock().advance(Duration.ofSeconds(1));
        }
        assertThat(isRolledOut()).as("the end of the last, seed " + seed).isTrue();
        assertThat(mostAtOnce(start)).as("most pods, seed " + seed).isBetween(replicas, replicas + surge);
        admin.resource(Deployment.class).delete(namespace, "web", DeleteOptions.none()); // room for the next
    }

    /** @param stuck its pods never get ready */
    private void roll(int template, boolean stuck) {
        admin.resource(Deployment.class).patch(namespace, "web", Patch.merge("""
                        {"spec": {"template": {"spec": {"readinessGates": %s, "containers": [{"name": "c", "image": "i:%d"}]}}}}
                        """.formatted(
                        stuck ? "[{\"conditionType\": \"example.com/never\"}]" : "null", template)));
    }

    private boolean isRolledOut() {
        var deployment = admin.resource(Deployment.class).get(namespace, "web").orElseThrow();
        var status = deployment.getStatus();
        var wished = deployment.getSpec().getReplicas();
        return deployment.getMetadata().getGeneration().equals(status.getObservedGeneration())
                && wished.equals(status.getUpdatedReplicas())
                && wished.equals(status.getReplicas())
                && wished.equals(status.getAvailableReplicas());
    }

    private int mostAtOnce(ObjectList<ReplicaSet> start) throws InterruptedException {
        cluster.apply("""
                apiVersion: apps/v1
                kind: ReplicaSet
                metadata: {name: the-end, namespace: NS}
                spec:
                  replicas: 0
                  selector: {matchLabels: {app: none}}
                  template: {metadata: {labels: {app: none}}, spec: {containers: [{name: c, image: i}]}}
                """.replace("NS", namespace));
        Map<String, Integer> sizes = new HashMap<>();
        start.items().forEach(set -> put(sizes, set));
        int most = 0;
        try (var events =
                admin.resource(ReplicaSet.class).watch(ListQuery.inNamespace(namespace), start.resourceVersion())) {
            for (var event = events.next(); event != null; event = events.next()) {
                switch (event) {
                    case WatchEvent.Added<ReplicaSet>(var set) -> put(sizes, set);
                    case WatchEvent.Modified<ReplicaSet>(var set) -> put(sizes, set);
                    case WatchEvent.Deleted<ReplicaSet>(var set) ->
                        sizes.remove(set.getMetadata().getName());
                    case WatchEvent.Bookmark<ReplicaSet> _ -> {}
                }
                if (sizes.containsKey("the-end")) {
                    return most;
                }
                most = Math.max(
                        most,
                        sizes.values().stream().mapToInt(Integer::intValue).sum());
            }
        }
        throw new AssertionError("the watch ended before its end");
    }

    private static void put(Map<String, Integer> sizes, ReplicaSet set) {
        sizes.put(set.getMetadata().getName(), set.getSpec().getReplicas());
    }
}
